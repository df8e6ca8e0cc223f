"""A client of the doseloop line protocol, version 2, written from protocol/PROTOCOL.md alone, whose rule numbers it cites.

Not a medical device. Not for clinical use. Needs the standard library and pyserial (`apt-get install python3-serial`).
"""
import json
import os
import random
import re
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# H6: the hash printed above the tables of PROTOCOL.md. A client outside this repository writes it down as a constant.
SCHEMA = json.loads((Path(__file__).parents[2] / 'protocol' / 'vectors.json').read_text('utf-8'))['schema']
NUMBER = r'(0|[1-9][0-9]*)'
FIELDS = r'((?: [a-z][a-z0-9_]{0,15}=[A-Za-z0-9_.:+-]{1,40})*)'
GRAMMAR = {  # L6
    '>': re.compile(rf'> ([0-9A-F]{{8}}) {NUMBER} ((?:SIM )?[A-Z]+){FIELDS}'),
    '<': re.compile(rf'< ([0-9A-F]{{8}}) {NUMBER} (OK|NO){FIELDS}'),
    '!': re.compile(rf'! {NUMBER} {NUMBER} ([A-Z]+){FIELDS}'),
    '.': re.compile(rf'\. ([0-9A-F]{{8}}){FIELDS}'),
}


def check(text):
    """L9: CRC-32 of zlib, eight upper-case hexadecimal digits."""
    return f'{zlib.crc32(text.encode("ascii")):08X}'


def seal(text):
    """L9: a machine line with its check, without the LF."""
    return f'{text} *{check(text)}'


def command_line(sid, seq, verb, fields):
    """L6: one command."""
    return seal(' '.join([f'> {sid} {seq} {verb}', *(f'{key}={value}' for key, value in fields.items())]))


def decode(line):
    """L4 to L9: what one line says, in the words of vectors.json."""
    if line[:1] == '#':
        return {'verdict': 'ok', 'kind': 'human', 'text': line[2:] if line[1:2] == ' ' else line[1:]}
    if line[:1] not in GRAMMAR:
        return {'verdict': 'ok', 'kind': 'typed', 'text': line}
    text, star, crc = line.rpartition(' *')
    if not star or crc != check(text):
        return {'verdict': 'CRC'}
    match = GRAMMAR[line[0]].fullmatch(text)
    pairs = [pair.split('=') for pair in match[match.lastindex].split()] if match else []
    fields = dict(pairs)
    if not match or len(pairs) > 16 or len(fields) < len(pairs) or (line[0] in '<>' and int(match[2]) > 4294967295):  # L6, L7
        return {'verdict': 'GRAMMAR'}
    said = {'verdict': 'ok', 'fields': fields}
    if line[0] == '.':
        return {**said, 'kind': 'heartbeat', 'sid': match[1]}
    if line[0] == '!':
        return {**said, 'kind': 'event', 'ev': int(match[1]), 'us': int(match[2]), 'event': match[3]}
    said |= {'sid': match[1], 'seq': int(match[2])}
    return {**said, 'kind': 'command', 'verb': match[3]} if line[0] == '>' else {**said, 'kind': 'reply', 'ok': match[3] == 'OK'}


class LineReader:
    """L1 to L3: bytes to lines. What is over-long or holds other bytes is dropped up to its LF and counted."""

    rest, dropped = b'', 0

    def push(self, data):
        *whole, self.rest = (self.rest + data).split(b'\n')
        self.rest = self.rest[-240:]  # long enough to be known as over-long
        for raw in whole:
            line = raw[:-1] if raw.endswith(b'\r') else raw
            if len(raw) >= 240 or any(not 0x20 <= byte <= 0x7E for byte in line):
                self.dropped += 1
            elif line:  # L5
                yield line.decode('ascii')


class Lost(Exception):
    """The session is over, or no reply came (C4): nobody knows what became of the command. Begin a new session, and ask."""


class Refused(Exception):
    """A `NO` that no repetition will change."""


class Pump:
    """One session after the other with the pump behind a pyserial port."""

    def __init__(self, port, prev=None, role='bench', note=None):
        self.port, self.role, self.note = port, role, note or (lambda way, line: None)
        self.sid, self.seq, self.outstanding = prev, 0, ''  # H4: `prev=` may be of an earlier process
        self.state, self.lease, self.last_sent = {}, 3.0, 0.0
        self.reader, self.waiting = LineReader(), []
        self.heard = {}  # log entries by number, asked for or pushed (V1)
        self.clock = []  # V7: (round trip, host time when it was heard, pump time in µs)
        self.count = {'sent': 0, 'repeated': 0, 'sessions': 0, 'damaged': 0, 'held': 0}

    def write(self, line):
        self.note('>', line)
        self.last_sent = time.monotonic()
        self.port.write(line.encode('ascii') + b'\n')

    def listen(self, until):
        """Messages as they come, until a moment of the host's monotonic clock. Notes every log entry that goes by."""
        while True:
            while self.waiting:
                line = self.waiting.pop(0)
                self.note('<', line)
                message = decode(line)
                self.count['damaged'] += message['verdict'] != 'ok'
                if message.get('kind') == 'event' and self.outstanding != 'ALARMS':  # E6: those are no log entries
                    self.heard.setdefault(message['ev'], message)
                if message['verdict'] == 'ok':
                    yield message
            if (left := until - time.monotonic()) <= 0:
                return
            self.port.timeout = min(left, 0.05)
            self.waiting.extend(self.reader.push(self.port.read(max(1, self.port.in_waiting))))

    def resynchronise(self):
        """V6: LF LF, then silence of 50 ms. What comes meanwhile is old. A pump that talks without pause is heard for 2 s at most."""
        self.port.write(b'\n\n')
        quiet, end = time.monotonic() + 0.05, time.monotonic() + 2
        while time.monotonic() < min(quiet, end):
            for _ in self.listen(time.monotonic() + 0.01):
                quiet = time.monotonic() + 0.05

    def hello(self, patience=60.0):
        """H1 to H6. Says the same HELLO for up to 6 s; after that, or when the pump is held, another with a new nonce."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            self.resynchronise()
            nonce = os.urandom(4).hex().upper()
            fields = {'v': '2', 'nonce': nonce, 'role': self.role, 'schema': SCHEMA} | ({'prev': self.sid} if self.sid else {})
            line, begun = command_line('00000000', 0, 'HELLO', fields), time.monotonic()
            for wait in (0.3, 0.6, 1.2, 1.2, 1.2, 1.5):
                self.write(line)
                for message in self.listen(time.monotonic() + wait):
                    said = message.get('fields', {})
                    if message['kind'] != 'reply' or message['sid'] != '00000000' or said.get('nonce') != nonce:  # H3
                        continue
                    if message['ok'] and said['schema'] == SCHEMA:
                        self.sid, self.seq, self.state, self.lease = said['sid'], 0, said, int(said['lease']) / 1000
                        self.count['sessions'] += 1
                        self._clock(begun, said['us'])
                        return said
                    if said.get('code') != 'HELD':  # H4: the same is said again until the other session is over
                        raise Refused(f'HELLO: {said}')
                    self.count['held'] += 1
        raise Lost('no session')

    def command(self, verb, **fields):
        """C1 to C4: one command, said up to three times. Returns the reply, OK or NO; raises Lost for what ends a session."""
        self.seq, self.outstanding = self.seq + 1, verb
        line = command_line(self.sid, self.seq, verb, {key.rstrip('_'): value for key, value in fields.items()})
        self.count['sent'] += 1
        for turn, wait in enumerate((0.3, 0.6, 1.2)):
            self.count['repeated'] += turn > 0
            self.write(line)
            for message in self.listen(time.monotonic() + wait):
                if message['kind'] != 'reply' or (message['sid'], message['seq']) != (self.sid, self.seq):
                    continue
                if message['fields'].get('code') in ('STALE', 'SEQ', 'SEQ_REUSED'):  # H5, C3
                    raise Lost(message['fields']['code'])
                return {**message, 'repeated': turn > 0}
        raise Lost(f'no reply to {verb}')

    def ask(self, verb, **fields):
        """A command that may as well be said twice: in a new session, if the old one is lost. Returns the keys of its OK."""
        while True:
            try:
                reply = self.command(verb, **fields)
            except Lost:
                self.hello()
                continue
            if reply['ok']:
                return reply['fields']
            raise Refused(f"{verb}: {reply['fields']}")

    def idle(self, seconds):
        """H7: listens, and says PING every third of the lease."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for _ in self.listen(min(end, self.last_sent + self.lease / 3)):
                pass
            if time.monotonic() < end:
                self.ask('PING')

    def sync(self):
        """V7: one sample of the pump's clock, unless the line had to be repeated."""
        begun = time.monotonic()
        reply = self.command('SYNC', t0=int(begun * 1e6))
        if reply['ok'] and not reply['repeated'] and 'dup' not in reply['fields']:
            self._clock(begun, reply['fields']['t2'])

    def _clock(self, begun, us):
        self.clock = [*self.clock[-7:], (time.monotonic() - begun, time.monotonic(), int(us))]

    def pump_time(self, at):
        """Pump time, µs, at a host time, rather too early than too late (D4). How fast it goes is measured: a simulated pump may hurry."""
        (trip, older, then), (_, host, pump) = self.clock[0], min(self.clock[-3:])
        span = host - older + trip
        return int(pump + (at - host) * ((pump - then) / span if host - older > 0.2 and pump > then else 1e6))

    def change(self, verb, prepare=lambda: None, **fields):
        """E4: `if=` the revision just seen. If the reply is lost, the log knows whether revision + 1 was made by this verb."""
        while True:
            prepare()  # COMMIT: stages the program again, for it went with the session (E8)
            rev = int(self.ask('STATUS')['rev'])
            try:
                reply = self.command(verb, if_=rev, **fields)
            except Lost:
                self.hello()
                made = [entry for entry in self.read_log(1, []) if entry['fields'].get('rev') == str(rev + 1)]
                if made and made[-1]['event'] == verb:
                    return {'rev': str(rev + 1)}
                if int(self.ask('STATUS')['rev']) != rev:
                    raise Refused(f'{verb}: someone else changed the pump')
                continue
            if not reply['ok']:
                raise Refused(f"{verb}: {reply['fields']}")
            return reply['fields']

    def stop(self, patience=20.0):
        """T1: both forms, until one reply is heard. It needs no session."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            self.port.write(b'\n')
            self.write('STOP')
            self.write(command_line('00000000', 0, 'STOP', {}))
            for message in self.listen(time.monotonic() + 0.3):
                if message['kind'] == 'reply' and message['sid'] == '00000000' and message['ok'] and 'rev' in message['fields']:
                    return int(message['fields']['rev'])
        raise Lost('STOP was not answered')

    def read_log(self, cursor, gaps):
        """V1: all entries from `cursor` to the end. What was lost on the line is asked again (C2), what the pump overwrote goes to `gaps`."""
        entries, end = [], None
        while end is None or cursor < end:
            said = self.ask('LOG', from_=cursor, n=8)
            end = int(said['end'])
            if int(said['lost']) and cursor not in self.heard:
                gaps.append((cursor, int(said['oldest'])))
                cursor = int(said['oldest'])
            while cursor < end and (entry := self.heard.get(cursor)):
                entries.append(entry)
                cursor += 1
        return entries


@dataclass
class Result:
    """D7: Done, Interrupted, NotAccepted or Uncertain."""

    kind: str
    given_nl: int = 0
    dose: int = 0
    why: str = ''


class Store:
    """D1: intents and their results, one JSON line each, on the disk before anything is sent."""

    def __init__(self, path):
        self.path, self.intents, self.results, self.sid = path, {}, {}, None
        with open(path, 'a+', encoding='ascii') as file:
            file.seek(0)
            *whole, rest = file.read().split('\n')
            file.truncate(file.tell() - len(rest))  # a last line that was broken off was never acted upon
        list(map(self._take, map(json.loads, whole)))

    def _take(self, record):
        self.sid = record.get('sid', self.sid)  # of the last session, for `prev=`
        if 'result' in record:
            self.results[record['id']] = Result(**record['result'])
        elif 'id' in record:
            self.intents[record['id']] = record

    def write(self, record):
        with open(self.path, 'ab') as file:
            file.write(json.dumps(record).encode() + b'\n')
            file.flush()
            os.fsync(file.fileno())
        self._take(record)

    def open(self):
        return [intent for id, intent in self.intents.items() if id not in self.results]


def wish(store, pump, nl, nlpd, seconds):
    """D1, D10: stores a bolus that is to begin within so many seconds of wall time after the last dose of this session's HELLO."""
    id = ''.join(random.SystemRandom().choices('0123456789ABCDEFGHJKMNPQRSTVWXYZ', k=8))
    here = {'after': int(pump.state['dose']), 'serial': pump.state['serial']}
    store.write({'id': id, 'nl': nl, 'nlpd': nlpd, 'expiry': time.time() + seconds, **here})
    return store.intents[id]


def bolus_fields(pump, intent):
    """D4, D10: `by` is the pump time at the expiry, and no later."""
    by = max(0, pump.pump_time(time.monotonic() + intent['expiry'] - time.time()))
    return {'by': by, 'onlost': 'continue', **{key: intent[key] for key in ('id', 'after', 'nl', 'nlpd')}}


def settle(store, pump, intent, state='offered', until=None):
    """D7 to D11: brings one stored intent to its result, and stores that. `state='renewing'` begins at D8, as after a restart."""
    while state != until:
        try:
            state = _step(pump, intent, state, intent['after'] + 1)
        except Lost:
            state = 'renewing'  # no reply, STALE, SEQ: D8
        if isinstance(state, Result):
            store.write({'id': intent['id'], 'result': vars(state)})
            return state


def _step(pump, intent, state, number):
    if state == 'renewing':
        last = int(pump.hello()['dose'])
        if pump.state['serial'] != intent['serial'] or last < intent['after']:
            return Result('Uncertain', why='another pump')  # D9
        if last > intent['after']:
            return 'asked'
        return 'offered' if time.time() < intent['expiry'] else Result('NotAccepted', why='expired')  # D8: not sent in this session
    if state == 'offered':
        if time.time() >= intent['expiry']:
            return 'renewing'  # D10
        reply = pump.command('BOLUS', **bolus_fields(pump, intent))
        if reply['ok']:
            return _outcome(reply['fields'], number)
        code = reply['fields']['code']
        return {'LATE': 'renewing', 'PRECOND': 'asked'}.get(code) or Result('NotAccepted', why=code)
    pump.idle(0.4 if state == 'running' else 0)
    reply = pump.command('DOSE', n=number)  # D9, D11: by number, never by `last` alone
    if not reply['ok']:
        return Result('Uncertain', why=reply['fields']['code'])
    if reply['fields']['id'] != intent['id']:
        return Result('NotAccepted', why='another dose came first')
    return _outcome(reply['fields'], number)


def _outcome(said, number):
    if said['state'] == 'ACCEPTED':
        return 'running'
    return Result('Done' if said['state'] == 'DONE' else 'Interrupted', int(said['given_nl']), number)
