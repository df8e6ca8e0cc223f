/** A line editor whose prompt stays at the bottom: what is said appears above it, and what is being typed is kept. */
import { createInterface, cursorTo, moveCursor, clearScreenDown } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Completion } from './complete-line.ts';
import { isRemembered, MAX_HISTORY, type History } from './history.ts';

export interface TerminalOptions {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly history: History;
  readonly complete: (line: string) => Completion;
  readonly prompt: () => string;
  readonly onLine: (line: string) => void;
  /** Ctrl-C. */
  readonly onInterrupt: () => void;
  /** Ctrl-D, or the end of the input. */
  readonly onEnd: () => void;
}

export interface Terminal {
  /** Shows text above the prompt. */
  readonly say: (text: string) => void;
  /** Shows the prompt as it is now. */
  readonly refresh: () => void;
  /** Drops what is being typed. */
  readonly clear: () => void;
  readonly close: () => void;
}

export function openTerminal(options: TerminalOptions): Terminal {
  const { input, output, history, complete, prompt, onLine, onInterrupt, onEnd } = options;
  let closed = false;
  const editor = createInterface({
    input,
    output,
    terminal: true,
    historySize: MAX_HISTORY,
    history: history.lines.toReversed(),
    removeHistoryDuplicates: true,
    completer: (line: string): [string[], string] => {
      const [hits, end] = complete(line);
      return [[...hits], end];
    },
  });
  const show = (keep: boolean): void => {
    if (closed) return;
    editor.setPrompt(prompt());
    editor.prompt(keep);
  };
  /** Takes prompt and typed text off the screen; the text itself is kept. */
  const lift = (): void => {
    const { rows } = editor.getCursorPos();
    moveCursor(output, 0, -rows);
    cursorTo(output, 0);
    clearScreenDown(output);
    // The editor would go up again as many rows as the cursor was below the prompt.
    Object.assign(editor, { prevRows: 0 });
  };

  // Codes are good for once. Node hands over the list itself, newest first.
  editor.on('history', (lines: string[]) => {
    if (lines[0] !== undefined && !isRemembered(lines[0])) lines.shift();
  });
  editor.on('line', (line) => {
    history.add(line.trim());
    show(false);
    onLine(line);
  });
  editor.on('SIGINT', onInterrupt);
  editor.on('close', () => {
    closed = true;
    onEnd();
  });

  return {
    say: (text) => {
      if (closed) return void output.write(`${text}\n`);
      lift();
      output.write(`${text}\n`);
      show(true);
    },
    refresh: () => {
      if (closed) return;
      lift();
      show(true);
    },
    clear: () => {
      editor.write(null, { ctrl: true, name: 'e' });
      editor.write(null, { ctrl: true, name: 'u' });
    },
    close: () => {
      if (closed) return;
      lift();
      editor.close();
    },
  };
}
