/**
 * The worked sessions of PROTOCOL.md and vectors.json, as what a host says. What the pump answers is not written down here: it is what
 * the pump-server answers when it is asked (`npm run protocol:doc`).
 */

export type Said =
  /** Words of the next command of the session: number and check are put on. */
  | string
  /** The words after `>`, session and number included; the check is put on. */
  | { readonly command: string }
  /** A line as it is, without anything put on. */
  | { readonly line: string }
  /** The very bytes that were said last, once more. */
  | { readonly again: true }
  /** So many milliseconds of link time pass, and as many of pump time outside lock step. */
  | { readonly pass: number };

export interface Session {
  readonly name: string;
  readonly title: string;
  /** What the session shows, for people. */
  readonly text: string;
  readonly said: readonly Said[];
}

/** Words of a HELLO; `SCHEMA` stands for the schema hash of this version. */
const hello = (nonce: string, more = ''): Said => ({
  command: `00000000 0 HELLO v=1-2 nonce=${nonce} role=bench schema=SCHEMA${more}`,
});

const READY: readonly Said[] = [
  'SIM RESET profile=itb-20-sense seed=1 conc=500',
  'SIM FILL nl=18000000',
  'REFILL if=1 nl=18000000 drained_nl=0',
  'PROGRAM mode=continuous ng=150000 conc=500',
  'COMMIT if=2',
  'START if=3',
];

export const SESSIONS: readonly Session[] = [
  {
    name: 'scenario',
    title: 'An occlusion, in lock step',
    text:
      'What a scenario runner says and hears. The first program is refused because 50 µg/day at 2000 µg/mL is a flow of 25 µL/day, below the pump’s 48. ' +
      'The first `START` carries a stale revision. The second `SIM ADVANCE` asks for eight hours and comes back at 3 h 6 min 20.16 s, when the occlusion ' +
      'alarm is raised: 66 min 20.16 s after the catheter was occluded. The pump has made steps for 38 820 nL; 24 990 nL have left the tip: the rest ' +
      'stretches the catheter at 70 150 Pa.',
    said: [
      hello('7F21C09A'),
      'DEVICE',
      'SIM RESET profile=itb-20-sense seed=1 conc=500 lockstep=1',
      'SIM FILL nl=18000000',
      'REFILL if=1 nl=18000000 drained_nl=0',
      'PROGRAM mode=continuous ng=50000 conc=2000',
      'PROGRAM mode=continuous ng=150000 conc=500',
      'COMMIT if=2',
      'START if=2',
      'START if=3',
      'SIM ADVANCE to=7200000000',
      'SIM FAULT fault=catheter.occlusion mode=complete',
      'SIM ADVANCE to=28800000000',
      'LOG from=6 n=8',
      'STATUS',
      'SIM TRUTH',
      'SIM BODY',
      'SIM FAULT fault=catheter.occlusion mode=partial p1=resistance:230000',
      'ACK ev=6',
      'STOP',
      'BYE',
    ],
  },
  {
    name: 'therapy',
    title: 'Programs in parts, doses, alarms',
    text:
      'Another pump, of which tubing and catheter are empty. Three parts make one program: 120 µg/day all day, 10 µg more at 08:00, 5 µg at the patient’s press, and never ' +
      'more than 200 µg in 24 h. `PRIME` is a dose like any other: it carries an id, the number of the last dose, and a deadline, which in lock step does not matter. ' +
      'The clock is set to 07:30, so that the scheduled bolus begins half an hour after the start; the patient’s press lets it wait. The first `BOLUS` is refused because two ' +
      'boluses are in hand already, and uses up no number: the next one carries the same `after`. The memory error is over at once and leaves its alarm latched: there is nothing to pause, and `ACK` ends it. ' +
      'A part out of place drops its program. The flex program gives 190 µg/day, half as much again as before: a soft limit, which the last `COMMIT` overrides.',
    said: [
      hello('10AD5EED'),
      'SIM RESET profile=itb-20 seed=1 conc=500 drug=baclofen primed=0 lockstep=1',
      'LIBRARY drug=baclofen ver=1 conc=500+1000+2000 dose_ng=1000+12000+1000000+2003000 bolus_ng=100000+280000 step=30+15+15 every_s=86400 days=180 check=0E30AD8E',
      'SIM FILL nl=18000000',
      'REFILL if=2 nl=18000000 drained_nl=0',
      'PROGRAM mode=scheduled conc=500 ng=120000 parts=3',
      'TIMED i=1 at_us=28800000000 ng=10000 dur_us=1800000000',
      'PATIENT ng=5000 dur_us=600000000 lock_us=14400000000 count=4 win_us=86400000000',
      'LIMIT ng=200000 win_us=86400000000',
      'COMMIT if=3',
      'PRIME id=0A1B2C3D after=0 by=6307200000000000 onlost=continue',
      'SIM ADVANCE to=3600000000',
      'CLOCK if=4 tod_us=27000000000',
      'START if=5',
      'FORECAST',
      'SIM ADVANCE to=7200000000',
      'SIM BUTTON',
      'LOG from=9 n=64',
      'BOLUS id=4E5F6G7H after=3 by=6307200000000000 onlost=continue nl=20000 nlpd=960000',
      'SIM ADVANCE to=18000000000',
      'SIM ADVANCE to=18000000000',
      'BOLUS id=8J9KAMBN after=3 by=6307200000000000 onlost=continue nl=20000 nlpd=960000',
      'DOSE n=2',
      'SIM FAULT fault=memory.error mode=log',
      'ALARMS',
      'PAUSE ev=24',
      'RESUME ev=24',
      'ACK ev=24',
      'TONES',
      'INTERROGATE',
      'PROGRAM mode=flex conc=500 pop=spinal parts=2',
      'INTERVAL i=2 from_us=28800000000 ng=80000',
      'PROGRAM mode=flex conc=500 pop=spinal parts=2',
      'INTERVAL i=1 from_us=28800000000 ng=180000',
      'INTERVAL i=2 from_us=72000000000 ng=200000',
      'COMMIT if=6',
      'COMMIT if=6 over=step',
      'PROGRAM mode=continuous conc=500 ng=190000 parts=1',
      'TITRATE dir=down ng=10000 days=7 count=3',
      'BYE',
    ],
  },
  {
    name: 'once',
    title: 'A dose whose reply was lost',
    text:
      'The host has sent a bolus and heard nothing. It says the same bytes again and gets the same reply, marked `dup=1` (C2). It might have lost its session as well: in a new one, HELLO tells in one line ' +
      'that the last dose is its own (D8). The same dose with another session and number, and another deadline, is still the same dose (D2); the same id for another volume is refused. Then the patient’s button ' +
      'would have been faster: the next dose carries a number that is no longer the last (D3). A deadline that has passed refuses too (D4). None of the refusals uses up a number.',
    said: [
      hello('0000A001'),
      ...READY,
      'BOLUS id=M3D8QZ4T after=0 by=5000000 nl=1500 nlpd=2400000 onlost=continue',
      { again: true },
      hello('0000A002', ' prev=01180001'),
      'DOSE n=1',
      'BOLUS id=M3D8QZ4T after=0 by=9000000 nl=1500 nlpd=2400000 onlost=continue',
      'BOLUS id=M3D8QZ4T after=0 by=9000000 nl=3000 nlpd=2400000 onlost=continue',
      'BOLUS id=N4E9RA5V after=0 by=9000000 nl=1500 nlpd=2400000 onlost=continue',
      { pass: 2900 },
      'PING',
      { pass: 2900 },
      'BOLUS id=P5FASB6W after=1 by=5000000 nl=1500 nlpd=2400000 onlost=continue',
      'DOSE n=2',
      'BYE',
    ],
  },
  {
    name: 'reboot',
    title: 'The pump restarts in the middle of a dose',
    text:
      'The bolus takes six minutes. After one the controller restarts: the journal has the intent and what was begun of it, the motor has stopped, and nothing resumes the dose (D6). The session is gone for ever; ' +
      'in the next one HELLO tells what became of the dose, `DOSE` tells it too, and the alarm `dose-interrupted` waits to be acknowledged.',
    said: [
      hello('0000B001'),
      'SIM RESET profile=itb-20-sense seed=1 conc=500 lockstep=1',
      ...READY.slice(1),
      'BOLUS id=Q6GBTC7X after=0 by=6307200000000000 nl=10000 nlpd=2400000 onlost=continue',
      'SIM ADVANCE to=60000000',
      'SIM REBOOT',
      'STATUS',
      hello('0000B002'),
      'DOSE n=1',
      'ALARMS',
      'BYE',
    ],
  },
  {
    name: 'line',
    title: 'What can go wrong on the line',
    text:
      'A damaged line gets a remark for people and no refusal (E2). A gap in the numbers, a number used twice, and a session that was replaced are refused; so is a host that comes while another holds the pump (H4), and one that ' +
      'speaks only a version that is gone. When the lease is over, the session is, and its commands are stale for ever (H5, H7). A monitor only reads (H6). The log of the line tells who came and went.',
    said: [
      hello('0000C001'),
      'PING',
      'SYNC t0=1234567890',
      { line: '> 01180001 3 START if=1 *00000000' },
      { command: '01180001 4 PING' },
      { command: '01180001 2 PING' },
      { command: '01180001 3 START if' },
      { command: '00000000 0 HELLO v=1 nonce=0000C002 role=bench schema=00000000' },
      hello('0000C003'),
      { pass: 3100 },
      { command: '01180001 4 PING' },
      { command: '00000000 0 HELLO v=2 nonce=0000C004 role=monitor schema=SCHEMA' },
      'START if=1',
      'LOG from=1 n=8 log=link',
      'BYE',
    ],
  },
  {
    name: 'typed',
    title: 'A person at a terminal',
    text:
      'No session, no check: what reads is answered at once, first in words, then as the line that a machine would have got. A dose is read back and given when its code is typed (T4); the code typed once more says what became of it. ' +
      'STOP needs nothing. The programming before it was done by a host that has left.',
    said: [
      hello('0000D001'),
      ...READY,
      'BYE',
      { line: 'help' },
      { line: 'status' },
      { line: 'bolus nl=1500' },
      { line: 'confirm 0000' },
      { line: 'confirm CODE' },
      { pass: 200_000 },
      { line: 'confirm CODE' },
      { line: 'log from=6 n=3' },
      { line: 'STOP' },
      { line: 'alarms' },
    ],
  },
];
