"""Checks the decoder and the encoder of doseloop_client.py against protocol/vectors.json. Prints counts; exit code 1 if anything differs."""
import json
import sys
from collections import Counter
from pathlib import Path

from doseloop_client import SCHEMA, LineReader, check, command_line, decode, seal

VECTORS = Path(__file__).parents[2] / 'protocol' / 'vectors.json'


def encode(message):
    """The line that says what was decoded."""
    kind, fields = message['kind'], ''.join(f' {key}={value}' for key, value in message.get('fields', {}).items())
    if kind == 'command':
        return command_line(message['sid'], message['seq'], message['verb'], message['fields'])
    if kind == 'reply':
        return seal(f"< {message['sid']} {message['seq']} {'OK' if message['ok'] else 'NO'}{fields}")
    if kind == 'event':
        return seal(f"! {message['ev']} {message['us']} {message['event']}{fields}")
    if kind == 'heartbeat':
        return seal(f". {message['sid']}{fields}")
    return message['text'] if kind == 'typed' else f"# {message['text']}"


def main():
    vectors = json.loads(VECTORS.read_text('utf-8'))
    counts, wrong = Counter(), []

    def expect(what, is_, should):
        counts[what] += 1
        if is_ != should:
            wrong.append(f'{what}: {is_!r} should be {should!r}')

    expect('schema', f'`{SCHEMA}`' in VECTORS.with_name('PROTOCOL.md').read_text('utf-8'), True)
    for vector in vectors['crc']:
        expect('crc', check(vector['of']), vector['is'])
    for vector in vectors['lines']:
        should = {key: value for key, value in vector.items() if key not in ('line', 'why')}
        message = decode(vector['line'])
        expect('decoded', message, should)
        if message['verdict'] == 'ok':
            expect('encoded', encode(message), vector['line'])
    known = {vector['line']: vector['verdict'] for vector in vectors['lines']}
    for session in vectors['sessions']:
        for exchange in session['exchanges']:
            sent = decode(exchange['send'])
            expect('said', sent['verdict'], known[exchange['send']])
            if sent['verdict'] == 'ok':
                expect('said again', encode(sent), exchange['send'])
            for line in exchange['answer']:
                heard = decode(line)
                expect('heard', heard['verdict'], 'ok')
                # C1: a reply belongs to the command with its session and number; typed lines are answered under 00000000 and 0 (T3).
                if heard.get('kind') == 'reply' and sent['verdict'] == 'ok':
                    expect('belongs', (heard['sid'], heard['seq']), (sent.get('sid', '00000000'), sent.get('seq', 0)))

    # L1 to L3: the same lines out of a byte stream in pieces, with what must be dropped in between.
    lines = [vector['line'] for vector in vectors['lines']]
    noise = [b'> ' + b'x' * 238 + b'\n', b'> \xc3\xa4\n', b'> a\rb\n', b'\n', b'\r\n']
    stream = b''.join(line.encode() + (b'\n', b'\r\n')[n % 2] + noise[n % 5] for n, line in enumerate(lines))
    for size in (1, 7, 64, len(stream)):
        reader = LineReader()
        out = [line for at in range(0, len(stream), size) for line in reader.push(stream[at : at + size])]
        expect('stream', out, lines)
        expect('dropped', reader.dropped, sum(n % 5 < 3 for n in range(len(lines))))

    print(json.dumps({'checked': counts, 'wrong': len(wrong)}))
    for line in wrong[:20]:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
