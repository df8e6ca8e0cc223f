import { clearLine, cursorTo } from 'node:readline';

/** One line that is written over and over on a terminal; elsewhere, where that would only fill a log, nothing but the first. */
export function progressLine(stream: NodeJS.WriteStream): { show(text: string): void; clear(): void } {
  let shown = false;
  return {
    show: (text) => {
      if (!stream.isTTY) {
        if (!shown) stream.write(`${text} …\n`);
      } else {
        cursorTo(stream, 0);
        stream.write(text.slice(0, stream.columns - 1));
        clearLine(stream, 1);
      }
      shown = true;
    },
    clear: () => {
      if (!stream.isTTY || !shown) return;
      cursorTo(stream, 0);
      clearLine(stream, 0);
    },
  };
}
