// Cuts a process's output into lines as it arrives.
import { StringDecoder } from 'node:string_decoder';

/** Longest piece that is kept waiting for its line's end. Characters. */
const maxLine = 4096;

/** Takes chunks, gives whole lines without their ends. A lone carriage return (a progress bar) ends a line, too. */
export interface OutputLines {
  push(chunk: Uint8Array): void;
  /** Gives what is left when there is no more. */
  end(): void;
}

/** Calls `onLine` for each line; longer lines than 4096 characters come in pieces. */
export function outputLines(onLine: (line: string) => void): OutputLines {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string, last: boolean) => {
    // A carriage return at the end may be the first half of a line end that is still to come.
    const lines = (rest + text).split(last ? /\r\n|\n|\r/ : /\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) pieces(line).forEach(onLine);
    while (rest.length > maxLine) {
      onLine(rest.slice(0, maxLine));
      rest = rest.slice(maxLine);
    }
  };
  return {
    push: (chunk) => take(decoder.write(Buffer.from(chunk)), false),
    end: () => {
      take(decoder.end(), true);
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}

function pieces(line: string): string[] {
  const count = Math.max(1, Math.ceil(line.length / maxLine));
  return Array.from({ length: count }, (_, index) => line.slice(index * maxLine, (index + 1) * maxLine));
}
