"""The peer of F1: the same therapy, event-driven in SimPy. Prints CPU seconds, log entries and motor steps, or exits with 3 without SimPy.

A year of a flex day of 13 intervals with four patient boluses daily. At every event it does what an event-driven model of the same pump
must: volume by exact integer steps, closed forms of reservoir, catheter pressure and two CSF compartments, drug in the last day under a limit,
lockout and count of boluses, low reservoir with a refill, a log entry. It knows no faults, no sensors, no battery and one drug.
"""
import math
import sys
import time
from collections import deque

DAY = 86_400_000_000
HOUR = DAY // 24
STEP = 10
CONCENTRATION = 500
DAYS = 365


def main():
    try:
        import simpy
    except ImportError:
        sys.exit(3)
    rates = [int(rate) for rate in sys.argv[1].split(",")]
    starts = [int(start) for start in sys.argv[2].split(",")]
    presses = [int(press) for press in sys.argv[3].split(",")]
    bolus_rate, bolus_steps = int(sys.argv[4]), int(sys.argv[5])
    capacity, low, limit = int(sys.argv[6]), int(sys.argv[7]), int(sys.argv[8])

    class Pump:
        pass

    pump = Pump()
    pump.at, pump.work, pump.steps, pump.rate = 0, 0, 0, 0
    pump.reservoir, pump.pressure, pump.tip, pump.bulk = capacity, 1000.0, 0.0, 0.0
    pump.window, pump.given = deque(), 0
    pump.starts, pump.end, pump.bolus = deque(), None, False
    pump.log = []
    whole = STEP * DAY
    # The modes of the two compartments: tip 10 mL, bulk 65 mL, exchange 7.5 mL/h, clearance 30 mL/h.
    a, b, d = 7.5 / 10 / HOUR, 7.5 / 65 / HOUR, 37.5 / 65 / HOUR
    root = math.sqrt((a - d) ** 2 + 4 * a * b)
    slow, fast = (a + d - root) / 2, (a + d + root) / 2

    def catch_up(now):
        """Everything since the last event in closed form."""
        span = now - pump.at
        if span <= 0:
            return
        pump.work += pump.rate * span
        made, pump.work = divmod(pump.work, whole)
        pump.steps += made
        pump.reservoir -= made * STEP
        mass = made * STEP * CONCENTRATION
        pump.given += mass
        pump.window.append((pump.at, now, mass))
        # Drug that has left the last day leaves the window.
        while pump.window and pump.window[0][1] <= now - DAY:
            pump.given -= pump.window.popleft()[2]
        pump.pressure = 1000.0 + (pump.pressure - 1000.0) * math.exp(-span / 64_000) + STEP / 0.2
        inflow = mass / span
        x, y = math.exp(-slow * span), math.exp(-fast * span)
        tip, bulk = pump.tip, pump.bulk
        pump.tip = tip * x + bulk * (y - x) + inflow * (1 - x) / slow
        pump.bulk = bulk * y + tip * (x - y) + inflow * (1 - y) / fast
        pump.at = now

    def flow(now, rate):
        if rate != pump.rate:
            pump.rate = rate
            pump.log.append((now, "FLOW", rate))

    def basal(now):
        time_of_day = now % DAY
        rate = rates[-1]
        for start, value in zip(starts, rates):
            if start <= time_of_day:
                rate = value
        return rate

    def refills(now):
        if pump.reservoir <= low:
            pump.log.append((now, "ALARM", "on"))
            pump.reservoir = capacity
            pump.log.append((now, "REFILL", capacity))
            pump.log.append((now, "ALARM", "off"))

    def intervals(env):
        while True:
            catch_up(env.now)
            if not pump.bolus:
                flow(env.now, basal(env.now))
            refills(env.now)
            time_of_day = env.now % DAY
            ahead = min((start - time_of_day) % DAY or DAY for start in starts)
            yield env.timeout(ahead)

    def patient(env):
        for day in range(DAYS):
            for press in presses:
                yield env.timeout(day * DAY + press - env.now)
                catch_up(env.now)
                now = env.now
                while pump.starts and pump.starts[0] <= now - DAY:
                    pump.starts.popleft()
                locked = pump.end is not None and now - pump.end < 3 * HOUR
                mass = bolus_steps * STEP * CONCENTRATION
                if pump.bolus or locked or len(pump.starts) >= 4 or pump.given + mass > limit:
                    pump.log.append((now, "BOLUS", "denied"))
                    continue
                pump.starts.append(now)
                pump.bolus = True
                pump.log.append((now, "BOLUS", "started"))
                flow(now, bolus_rate)
                yield env.timeout(-(-(whole - pump.work + (bolus_steps - 1) * whole) // bolus_rate))
                catch_up(env.now)
                pump.bolus, pump.end = False, env.now
                pump.log.append((env.now, "BOLUS", "done"))
                flow(env.now, basal(env.now))

    env = simpy.Environment()
    env.process(intervals(env))
    env.process(patient(env))
    start = time.process_time()
    env.run(until=DAYS * DAY)
    catch_up(DAYS * DAY)
    print(time.process_time() - start, len(pump.log), pump.steps)


main()
