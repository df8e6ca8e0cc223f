/** Measures the rows about lines. */
import { BYTES_PER_SECOND, decoded, drown, encoded, messages, messagesOfASecond, scan } from './line-load.ts';
import { medianOf, takeTurns } from './measure.ts';
import type { Measured, RowName } from './rows.ts';

const ROUNDS = 15;
const WARM_UP = 5;
const MEBIBYTE = 1 << 20;
const ms = (value: number): string => `${value.toPrecision(3)} ms`;

/** Throws unless every message arrived: what is timed must be the whole work. */
function arrived(count: number, wanted: number): void {
  if (count !== wanted) throw new Error(`${count} of ${wanted} lines were good`);
}

export const LINE_MEASUREMENTS: Readonly<Record<Extract<RowName, `line-${string}`>, () => Measured>> = {
  'line-load': () => {
    const second = messagesOfASecond();
    const bytes = encoded(second);
    const rounds = takeTurns(
      {
        both: { run: () => arrived(decoded(encoded(second), second, 64), second.length), times: 100 },
        encode: { run: () => void encoded(second), times: 100 },
        decode: { run: () => arrived(decoded(bytes, second, 64), second.length), times: 100 },
      },
      ROUNDS,
      WARM_UP,
    );
    const [encode, decode] = [medianOf(rounds, (round) => round.encode), medianOf(rounds, (round) => round.decode)];
    return {
      ratio: medianOf(rounds, (round) => round.both) / 1000,
      note: `${second.length} lines, ${bytes.length} of ${BYTES_PER_SECOND} bytes: encoding ${ms(encode)}, decoding ${ms(decode)}`,
    };
  },
  'line-flood': () => {
    const flood = new Uint8Array(MEBIBYTE).fill(0x78);
    const rounds = takeTurns(
      { drown: { run: () => void drown(flood), times: 5 }, scan: { run: () => void scan(flood), times: 25 } },
      ROUNDS,
      WARM_UP,
    );
    const [drowned, scanned] = [medianOf(rounds, (round) => round.drown), medianOf(rounds, (round) => round.scan)];
    return {
      ratio: medianOf(rounds, (round) => round.drown / round.scan),
      note: `${ms(drowned)}, scan ${ms(scanned)}`,
    };
  },
  'line-double': () => {
    const [once, twice] = [messages(4_000), messages(8_000)];
    const [short, long] = [encoded(once), encoded(twice)];
    const rounds = takeTurns(
      {
        once: { run: () => arrived(decoded(short, once), once.length), times: 2 },
        twice: { run: () => arrived(decoded(long, twice), twice.length) },
      },
      ROUNDS,
      WARM_UP,
    );
    const note = `${once.length} lines ${ms(medianOf(rounds, (round) => round.once))}, twice as many ${ms(medianOf(rounds, (round) => round.twice))}`;
    return { ratio: medianOf(rounds, (round) => round.twice / round.once), note };
  },
  'line-endless': () => {
    const flood = new Uint8Array(1_000_000).fill(0x78);
    let assembler = drown(flood, 0);
    const rounds = takeTurns(
      {
        first: { run: () => void (assembler = drown(flood, 50)) },
        second: { run: () => void drown(flood, 50, assembler) },
      },
      7,
      1,
    );
    const [first, second] = [medianOf(rounds, (round) => round.first), medianOf(rounds, (round) => round.second)];
    const note = `${(first / 50).toPrecision(3)} and ${(second / 50).toPrecision(3)} ns a byte`;
    return { ratio: medianOf(rounds, (round) => round.second / round.first), note };
  },
};
