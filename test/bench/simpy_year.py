"""The peer: a pump in SimPy that steps each second. Prints CPU seconds per simulated second, or exits with 3 without SimPy.

Argument: seconds to simulate. Does per second what the walk bound does per motor step, and no more.
"""
import math
import sys
import time

RATE_PER_SECOND = 162_000 / 86_400  # nL
STEP = 10.0  # nL


def pump(wait):
    reservoir, pressure, due, steps = 40e6, 1000.0, 0.0, 0
    while True:
        yield wait()
        due += RATE_PER_SECOND
        pressure = 1000.0 + (pressure - 1000.0) * math.exp(-1.0 / 0.064)
        if due >= STEP:
            due -= STEP
            steps += 1
            reservoir -= STEP
            pressure += 50.0


def simpy_3_and_later(seconds):
    import simpy

    env = simpy.Environment()
    env.process(pump(lambda: env.timeout(1)))
    return lambda: env.run(until=seconds)


def simpy_2(seconds):
    from SimPy.Simulation import Process, Simulation, hold

    simulation = Simulation()
    process = Process(sim=simulation)
    process.run = lambda: pump(lambda: (hold, process, 1))
    simulation.activate(process, process.run())
    return lambda: simulation.simulate(until=seconds)


def main():
    seconds = int(sys.argv[1])
    try:
        run = simpy_3_and_later(seconds)
    except ImportError:
        try:
            run = simpy_2(seconds)
        except ImportError:
            sys.exit(3)
    start = time.process_time()
    run()
    print((time.process_time() - start) / seconds)


main()
