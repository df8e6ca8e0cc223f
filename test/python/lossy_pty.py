"""A bad cable: a PTY for the client at one end, the pump's TCP port at the other, and lines lost on the way.

    lossy_pty.py HOST PORT SEED [--drop 0.2] [--double 0.05] [--damage 0.03]

Prints one JSON line with the path of the PTY. Each line, in each direction, is lost, doubled (the double up to 1.5 s late) or damaged in
one character by a seeded die. The PTY outlives its clients, as a cable does. On SIGTERM it prints what it has done to the lines and ends.
"""
import argparse
import json
import os
import random
import selectors
import signal
import socket
import sys
import time
import tty


class Way:
    """One direction: bytes in, whole lines out, or not."""

    def __init__(self, die, drop, double, damage):
        self.die, self.drop, self.double, self.damage = die, drop, double, damage
        self.rest, self.late = b'', []  # late: (moment, line)
        self.count = {'lines': 0, 'dropped': 0, 'doubled': 0, 'damaged': 0}

    def push(self, data):
        *whole, self.rest = (self.rest + data).split(b'\n')
        return b''.join(self.carry(line + b'\n') for line in whole)

    def carry(self, line):
        if not line.strip():
            return line
        self.count['lines'] += 1
        roll = self.die.random()
        if roll < self.drop:
            self.count['dropped'] += 1
            return b''
        if roll < self.drop + self.double:
            self.count['doubled'] += 1
            self.late.append((time.monotonic() + self.die.choice((0, 0.4, 1.5)), line))
        elif roll < self.drop + self.double + self.damage:
            self.count['damaged'] += 1
            # The class stays: a command that turned into a typed line is not what is tried here.
            at = self.die.randrange(min(2, len(line) - 1), len(line))
            line = line[:at] + bytes([self.die.randrange(0x20, 0x7F)]) + line[at + 1 :] if at < len(line) - 1 else line
        return line

    def due(self):
        now = time.monotonic()
        out = b''.join(line for moment, line in self.late if moment <= now)
        self.late = [(moment, line) for moment, line in self.late if moment > now]
        return out


def main():
    options = argparse.ArgumentParser()
    options.add_argument('host')
    options.add_argument('port', type=int)
    options.add_argument('seed', type=int)
    for name, value in (('drop', 0.2), ('double', 0.05), ('damage', 0.03)):
        options.add_argument(f'--{name}', type=float, default=value)
    given = options.parse_args()
    pump = socket.create_connection((given.host, given.port))
    pump.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    master, slave = os.openpty()  # the slave stays open here: a client that goes is no hang-up
    tty.setraw(slave)
    up, down = (Way(random.Random(given.seed * 2 + n), given.drop, given.double, given.damage) for n in (0, 1))
    print(json.dumps({'pty': os.ttyname(slave)}), flush=True)

    def end(*_):
        print(json.dumps({'to_pump': up.count, 'to_client': down.count}), flush=True)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    ears = selectors.DefaultSelector()
    ears.register(master, selectors.EVENT_READ)
    ears.register(pump, selectors.EVENT_READ)
    os.set_blocking(master, False)
    while True:
        for key, _ in ears.select(0.02):
            if key.fileobj == master:
                pump.sendall(up.push(os.read(master, 4096)))
            else:
                data = pump.recv(4096)
                if not data:
                    sys.exit('the pump has hung up')
                put(master, down.push(data))
        pump.sendall(up.due())
        put(master, down.due())


def put(master, data):
    """What no client reads is lost, as on a cable that nobody is plugged into."""
    try:
        os.write(master, data)
    except BlockingIOError:
        pass


if __name__ == '__main__':
    main()
