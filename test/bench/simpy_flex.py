"""The peer of F1: the same therapy, event-driven in SimPy. Prints CPU seconds, log entries and motor steps, or exits with 3 without SimPy.

A year of a flex day of 13 intervals with four patient boluses daily. With `bare` as the first argument the model keeps volume, pressure, two CSF
compartments, the drug of the last day, lockout, count and log, in the fewest words. With `same` it computes at every event what ours computes:
the pressure of a train of pulses with its comparators, the CSF in its two modes, drug on its way, battery, the conditions of 20 alarms before and
after, forecast dates, and a dose window that is exact to the step.
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
WHOLE = STEP * DAY


def growth(x, s):
    return s if x == 0 else -math.expm1(-x * s) / x


def convolved(p, q, s):
    return math.exp(-min(p, q) * s) * growth(abs(p - q), s)


def summed(p, q, n):
    return math.exp(-min(p, q) * (n - 1)) * growth(abs(p - q), n) / growth(abs(p - q), 1)


class Csf:
    """Tip 10 mL, bulk 65 mL, exchange 7.5 mL/h, clearance 30 mL/h; nL and seconds."""

    def __init__(self):
        exchange, clearance = 7.5e6 / 3600, 30e6 / 3600
        a, b, d = exchange / 10e6, exchange / 65e6, (exchange + clearance) / 65e6
        root = math.sqrt((a - d) ** 2 + 4 * a * b)
        self.rate = ((a + d - root) / 2, (a + d + root) / 2)
        v = ((a - self.rate[0]) / b, (a - self.rate[1]) / b)
        p0 = -v[1] / (v[0] - v[1])
        self.per_mass = (p0, 1 - p0)
        self.state = (0.0, 0.0)

    def released(self, rate, tau, seconds):
        return convolved(rate, 1 / tau, seconds) / tau

    def rest(self, stored, conc, tau, seconds):
        self.state = tuple(
            self.state[i] * math.exp(-self.rate[i] * seconds)
            + self.per_mass[i] * conc * stored * self.released(self.rate[i], tau, seconds)
            for i in (0, 1)
        )

    def pulses(self, n, interval, limit, gap, rate, conc, tau):
        def mode(i):
            decay = self.rate[i] * interval
            per_volume = self.per_mass[i] * conc * self.released(self.rate[i], tau, interval)
            sums = limit * summed(decay, 0, n) + gap * summed(decay, rate, n)
            return self.state[i] * math.exp(-decay * n) + per_volume * sums

        self.state = (mode(0), mode(1))


class Fluid:
    """Pressure, outflow and drug between two events: closed forms of a train of pulses behind 0.32 Pa s/nL and 0.0002 nL/Pa."""

    CSF_PRESSURE, COMPLIANCE, RESISTANCE = 1000.0, 0.0002, 0.32
    WATCHES = ((70_000, 3, 0), (500, 300, 1), (1100, 1000, 1), (900, 1000, 1))

    def __init__(self):
        self.tau = self.COMPLIANCE * self.RESISTANCE
        self.pressure, self.outflow, self.drawn = self.CSF_PRESSURE, 0.0, 0.0
        self.parcels = deque([[396_000.0, CONCENTRATION]])
        self.charge, self.rows = 11e6, [0, 0, 0, 0]
        self.csf = Csf()

    def decayed(self, pressure, seconds):
        return self.CSF_PRESSURE + (pressure - self.CSF_PRESSURE) * math.exp(-seconds / self.tau)

    def advance(self, wait, steps, interval, tail, span):
        before = self.decayed(self.pressure, wait)
        stored = self.COMPLIANCE * (self.pressure - self.CSF_PRESSURE)
        if steps == 0:
            self.csf.rest(stored, CONCENTRATION, self.tau, span)
            end = self.decayed(self.pressure, span)
        else:
            first = before + STEP / self.COMPLIANCE
            keep = math.exp(-interval / self.tau)
            limit = self.CSF_PRESSURE + STEP / self.COMPLIANCE / (1 - keep) if keep < 1 else first
            last = limit + (first - limit) * keep ** (steps - 1)
            for i, (level, rows, rotor) in enumerate(self.WATCHES):
                # The first step beyond the level, if there is one, and whether so many follow.
                value = 1000 if rotor else max(first, last)
                beyond = value > level if level > 1000 else value < level
                self.rows[i] = self.rows[i] + steps if beyond else 0
                if self.rows[i] >= rows:
                    raise RuntimeError("a comparator has tripped")
            self.csf.rest(stored, CONCENTRATION, self.tau, wait)
            if steps > 1:
                self.csf.pulses(
                    steps - 1,
                    interval,
                    self.COMPLIANCE * (limit - self.CSF_PRESSURE),
                    self.COMPLIANCE * (first - limit),
                    interval / self.tau,
                    CONCENTRATION,
                    self.tau,
                )
            self.csf.rest(self.COMPLIANCE * (last - self.CSF_PRESSURE), CONCENTRATION, self.tau, tail)
            end = self.decayed(last, tail)
        drawn = steps * STEP
        left = drawn - self.COMPLIANCE * (end - self.pressure)
        self.pressure, self.drawn, self.outflow = end, self.drawn + drawn, self.outflow + left
        self.parcels.append([float(drawn), CONCENTRATION])
        while left > 0:
            parcel = self.parcels[0]
            taken = min(parcel[0], left)
            parcel[0] -= taken
            left -= taken
            if parcel[0] <= 1e-9 and len(self.parcels) > 1:
                self.parcels.popleft()
            elif taken == 0:
                break
        self.charge = max(0.0, self.charge - 0.03 * span - 0.06 * steps)


class Alarms:
    """20 conditions with their states; each is judged, most never hold."""

    def __init__(self, low):
        self.low, self.present = low, [False] * 20

    def judge(self, pump, now):
        held = (
            pump.reservoir - 1_400_000 < STEP,
            pump.reservoir <= self.low,
            False if pump.stopped is None else now - pump.stopped >= 2 * DAY,
            now - pump.filled > 36_500 * DAY,
            now >= 2465 * DAY,
            now >= 2555 * DAY,
            pump.lost == "battery",
            pump.lost == "memory",
            pump.given > pump.limit,
            *pump.sensed,
        )
        changed = [i for i, (one, was) in enumerate(zip(held, self.present)) if one != was]
        for i in changed:
            self.present[i] = held[i]
            pump.log.append((now, "ALARM", {"id": i, "state": "on" if held[i] else "off"}))
        return any(self.present)


class Pump:
    def __init__(self, arguments, same):
        self.rates = [int(rate) for rate in arguments[0].split(",")]
        self.starts = [int(start) for start in arguments[1].split(",")]
        self.presses = [int(press) for press in arguments[2].split(",")]
        self.bolus_rate, self.bolus_steps = int(arguments[3]), int(arguments[4])
        self.capacity, self.low, self.limit = int(arguments[5]), int(arguments[6]), int(arguments[7])
        self.same = same
        self.at, self.missing, self.steps, self.rate = 0, WHOLE, 0, 0
        self.reservoir, self.given, self.window = self.capacity, 0, deque()
        self.granted, self.end, self.bolus = deque(), None, False
        self.stopped, self.filled, self.lost, self.sensed = None, 0, None, (False,) * 11
        self.fluid, self.alarms, self.log = Fluid(), Alarms(self.low), []

    def catch_up(self, now):
        """Everything since the last event, exact to the step."""
        span = now - self.at
        if span <= 0:
            return
        work = self.rate * span
        if self.rate == 0 or work < self.missing:
            made = 0
            first = span
            self.missing -= work
        else:
            first = self.missing / self.rate
            made = 1 + (work - self.missing) // WHOLE
            self.missing = WHOLE - (work - self.missing) % WHOLE
        self.steps += made
        self.reservoir -= made * STEP
        mass = made * STEP * CONCENTRATION
        self.given += mass
        interval = WHOLE / self.rate if self.rate else 0
        self.window.append((self.at + first, interval, made, now, mass))
        if self.same:
            # Exact to the step: of the oldest train only those that have left.
            self.given = 0
            for begin, every, count, last, each in reversed(self.window):
                if last <= now - DAY:
                    break
                gone = 0 if begin > now - DAY or every == 0 else min(count, int((now - DAY - begin) / every) + 1)
                self.given += (count - gone) * STEP * CONCENTRATION
            seconds = interval / 1e6
            tail = (span - first - (made - 1) * interval) / 1e6 if made else 0
            self.fluid.advance(first / 1e6, made, seconds, max(0.0, tail), span / 1e6)
        else:
            self.fluid.pressure = self.fluid.decayed(self.fluid.pressure, span / 1e6) + STEP / Fluid.COMPLIANCE
            csf = self.fluid.csf
            inflow = mass / span
            csf.state = tuple(
                csf.state[i] * math.exp(-csf.rate[i] * span / 1e6) + csf.per_mass[i] * inflow * growth(csf.rate[i], span)
                for i in (0, 1)
            )
        while self.window and self.window[0][3] <= now - DAY:
            gone = self.window.popleft()
            if not self.same:
                self.given -= gone[4]
        self.at = now

    def settle(self, now):
        if self.same and self.alarms.judge(self, now) and self.reservoir <= self.low:
            self.refill(now)
        elif not self.same and self.reservoir <= self.low:
            self.log.append((now, "ALARM", "on"))
            self.refill(now)
            self.log.append((now, "ALARM", "off"))

    def refill(self, now):
        self.reservoir, self.filled = self.capacity, now
        self.log.append((now, "REFILL", {"nl": self.capacity}))
        if self.same:
            self.alarms.judge(self, now)

    def flow(self, now, rate):
        if rate == self.rate:
            return
        self.settle(now)
        self.rate = rate
        self.log.append((now, "FLOW", {"nlpd": rate}))
        self.settle(now)

    def basal(self, now):
        time_of_day = now % DAY
        rate = self.rates[-1]
        for start, value in zip(self.starts, self.rates):
            if start <= time_of_day:
                rate = value
        return rate

    def forecast(self, now):
        """As if every bolus that may be given were given."""
        day = sum(self.rates) / len(self.rates) + 4 * self.bolus_steps * STEP
        low = now + (self.reservoir - self.low) * DAY / day
        return {"low_us": low, "due_us": min(low, self.filled + 180 * DAY)}

    def intervals(self, env):
        while True:
            self.catch_up(env.now)
            if not self.bolus:
                self.flow(env.now, self.basal(env.now))
            self.settle(env.now)
            time_of_day = env.now % DAY
            yield env.timeout(min((start - time_of_day) % DAY or DAY for start in self.starts))

    def patient(self, env):
        for day in range(DAYS):
            for press in self.presses:
                yield env.timeout(day * DAY + press - env.now)
                now = env.now
                self.catch_up(now)
                while self.granted and self.granted[0] <= now - DAY:
                    self.granted.popleft()
                locked = self.end is not None and now - self.end < 3 * HOUR
                mass = self.bolus_steps * STEP * CONCENTRATION
                if self.bolus or locked or len(self.granted) >= 4 or self.given + mass > self.limit:
                    self.log.append((now, "BOLUS", {"state": "denied"}))
                    continue
                self.granted.append(now)
                self.bolus = True
                dates = self.forecast(now) if self.same else {}
                self.log.append((now, "BOLUS", {"state": "started", **dates}))
                self.flow(now, self.bolus_rate)
                yield env.timeout(-(-(self.missing + (self.bolus_steps - 1) * WHOLE) // self.bolus_rate))
                self.catch_up(env.now)
                self.bolus, self.end = False, env.now
                self.log.append((env.now, "BOLUS", {"state": "done", "nl": self.bolus_steps * STEP}))
                self.flow(env.now, self.basal(env.now))


def main():
    try:
        import simpy
    except ImportError:
        sys.exit(3)
    pump = Pump(sys.argv[2:], sys.argv[1] == "same")
    env = simpy.Environment()
    env.process(pump.intervals(env))
    env.process(pump.patient(env))
    start = time.process_time()
    env.run(until=DAYS * DAY)
    pump.catch_up(DAYS * DAY)
    print(time.process_time() - start, len(pump.log), pump.steps)


main()
