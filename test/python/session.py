"""A visit over a bad cable: program, five boluses, a restart of the pump in a bolus, restarts of the client in a bolus, and the account.

    session.py HOST PORT SEED [--trace FILE]

HOST and PORT are those of a simulated pump. Prints a JSON summary; exit code 1 if the account does not come out even.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress

import serial

from doseloop_client import Lost, Pump, Refused, Store, bolus_fields, command_line, settle, wish

HERE = os.path.dirname(os.path.abspath(__file__))
FILL = 18_000_000
RATE = 2_400_000


def plug_in(pty, store, trace=None):
    """A pump on a PTY, through pyserial. `prev=` is what this host stored of its last session (H4)."""
    file = open(trace, 'a', encoding='ascii') if trace else None

    def note(way, line):
        if file:
            file.write(f'{time.monotonic():.3f} {way}{way} {line}\n')
            file.flush()

    return Pump(serial.Serial(pty, 115200), prev=store.sid, note=note)


def hello(pump, store):
    said = pump.hello()
    store.write({'sid': said['sid']})
    return said


def new_pump(pump, store):
    """S2: SIM RESET makes another pump with another serial number. Who has heard no reply looks at the serial number."""
    before = hello(pump, store)['serial']
    while True:
        with suppress(Lost):
            reply = pump.command('SIM RESET', profile='itb-20-sense', seed=1, conc=500)
            if not reply['ok']:
                raise Refused(str(reply['fields']))
        after = hello(pump, store)['serial']
        pump.heard.clear()  # another pump, another log
        pump.clock = pump.clock[-1:]  # and another time
        if after != before:
            return


def measure_clock(pump):
    """V7, twice within a second, so that the client knows how fast pump time goes."""
    for _ in range(3):
        pump.idle(0.35)
        try:
            pump.sync()
        except Lost:
            pump.hello()


def reboot(pump):
    """S5: the reply may be lost, and so may the line. The first four digits of the session id are the boot counter (H2)."""
    boot = pump.sid[:4]
    while True:
        with suppress(Lost):
            pump.command('SIM REBOOT')
        if pump.hello()['sid'][:4] != boot:
            return


def crash(pty, path, trace):
    """What the client process that is to die does: stores a wish, says it, and is gone."""
    store = Store(path)
    pump = plug_in(pty, store, trace)
    hello(pump, store)
    intent = wish(store, pump, 2000, RATE, 60)
    pump.seq += 1
    fields = bolus_fields(pump, intent)
    pump.write(command_line(pump.sid, pump.seq, 'BOLUS', fields))
    pump.port.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def visit(pty, path, trace):
    store = Store(path)
    pump = plug_in(pty, store, trace)
    new_pump(pump, store)
    measure_clock(pump)
    drained = pump.ask('SIM FILL', nl=FILL)['drained_nl']
    # Nothing can flow out of a stopped pump: if the first reply was lost, the second one reads the filling itself.
    pump.change('REFILL', nl=FILL, drained_nl=0 if int(drained) == FILL else drained)
    pump.change('COMMIT', prepare=lambda: pump.ask('PROGRAM', mode='continuous', ng=150000, conc=500))
    pump.change('START')
    summary = {'boluses': [], 'crashes': []}

    for _ in range(5):
        hello(pump, store)
        result = settle(store, pump, wish(store, pump, 1500, RATE, 60))
        summary['boluses'].append(result.kind)
    gaps = []
    log = pump.read_log(1, gaps)
    numbers = [entry['ev'] for entry in log]
    summary['log'] = {'entries': len(log), 'gaps': len(gaps), 'contiguous': numbers == list(range(1, len(log) + 1))}
    summary['log']['done'] = sum(entry['event'] == 'BOLUS' and entry['fields']['state'] == 'done' for entry in log)

    # A bolus of 24 minutes of pump time; the pump restarts in it.
    hello(pump, store)
    intent = wish(store, pump, 40_000, RATE, 60)
    settle(store, pump, intent, until='running')
    pump.idle(1.5)
    reboot(pump)
    result = settle(store, pump, intent, 'renewing')
    summary['interrupted'] = {'kind': result.kind, 'given_nl': result.given_nl}
    # E6: the alarm waits to be acknowledged, by the number of the entry that raised it.
    raised = [e['ev'] for e in pump.read_log(1, []) if e['event'] == 'ALARM' and e['fields']['state'] == 'on']
    for ev in raised:
        with suppress(Refused):  # NO_ALARM: it has ended, perhaps by an ACK whose reply was lost
            pump.ask('ACK', ev=ev)
    summary['alarms'] = {'raised': len(raised), 'active': int(pump.ask('STATUS')['alarms'])}
    with suppress(Lost):
        pump.command('BYE')  # H8
    pump.port.close()

    for _ in range(2):
        child = subprocess.run([sys.executable, __file__, '--crash', pty, path, *(['--trace', trace] if trace else [])], check=False)
        store = Store(path)
        left = store.open()
        pump = plug_in(pty, store, trace)
        hello(pump, store)
        measure_clock(pump)
        results = [settle(store, pump, intent, 'renewing') for intent in left]
        summary['crashes'].append({'signal': -child.returncode, 'open': len(left), 'kinds': [r.kind for r in results]})
        store.write({'sid': pump.sid})
        pump.port.close()

    # The account: what the client believes against the pump's records, dose by dose and in all.
    pump = plug_in(pty, store, trace)
    last = int(hello(pump, store)['dose'])
    records = [pump.ask('DOSE', n=n) for n in range(1, last + 1)]
    summary['records_nl'] = sum(int(record['given_nl']) for record in records)
    summary['results_nl'] = sum(result.given_nl for result in store.results.values())
    believed = {result.dose: (id, result.given_nl) for id, result in store.results.items() if result.dose}
    summary['same'] = believed == {int(r['n']): (r['id'], int(r['given_nl'])) for r in records}
    summary['doses'], summary['open'] = last, len(store.open())
    rev = int(pump.ask('STATUS')['rev'])
    summary['stopped'] = pump.stop() > rev
    pump.hello()
    summary['mode'] = pump.ask('STATUS')['mode']
    summary['count'] = pump.count
    return summary


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--crash', action='store_true')
    options.add_argument('--trace')
    options.add_argument('where', nargs='+')
    given = options.parse_args()
    if given.crash:
        crash(*given.where, given.trace)
    host, port, seed = given.where
    began = time.monotonic()
    cable = subprocess.Popen([sys.executable, os.path.join(HERE, 'lossy_pty.py'), host, port, seed], stdout=subprocess.PIPE, text=True)
    try:
        pty = json.loads(cable.stdout.readline())['pty']
        with tempfile.TemporaryDirectory() as folder:
            summary = visit(pty, os.path.join(folder, 'intents.jsonl'), given.trace)
    finally:
        cable.terminate()
    summary['cable'] = json.loads(cable.communicate()[0])
    summary['seconds'] = round(time.monotonic() - began, 1)
    summary['even'] = summary['records_nl'] == summary['results_nl'] and summary['same']
    print(json.dumps(summary))
    return 0 if summary['even'] else 1


if __name__ == '__main__':
    sys.exit(main())
