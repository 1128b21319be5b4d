// Takes from stored log lines what a reader asked for: by time, with or without times, up to a size.
import type { LogOptions } from '../api/pod-logs.ts';

const newline = 0x0a;
const space = 0x20;

/** The texts of stored lines (`<time> <stdout|stderr> <text>`), each with its line end. */
export async function* selectLines(
  chunks: AsyncIterable<Buffer>,
  { timestamps, since, limitBytes }: Pick<LogOptions, 'timestamps' | 'since' | 'limitBytes'>,
): AsyncGenerator<Buffer> {
  let left = limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const block of wholeLines(chunks)) {
    const texts: Buffer[] = [];
    for (const line of linesOf(block)) {
      const text = select(line, timestamps, since);
      if (text !== undefined) texts.push(text);
    }
    if (texts.length === 0) continue;
    const bytes = Buffer.concat(texts);
    yield bytes.length <= left ? bytes : bytes.subarray(0, left);
    left -= bytes.length;
    if (left <= 0) return;
  }
}

/** Joins chunks so that each ends with a line's end. */
async function* wholeLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(newline) + 1;
    rest = bytes.subarray(end);
    if (end > 0) yield bytes.subarray(0, end);
  }
}

function* linesOf(block: Buffer): Generator<Buffer> {
  for (let start = 0; start < block.length;) {
    const end = block.indexOf(newline, start) + 1;
    yield block.subarray(start, end);
    start = end;
  }
}

function select(line: Buffer, timestamps: boolean, since: number | undefined): Buffer | undefined {
  const afterTime = line.indexOf(space);
  const afterStream = line.indexOf(space, afterTime + 1);
  // The beginning of a line that a crash cut off.
  if (afterTime < 0 || afterStream < 0) return undefined;
  const time = line.subarray(0, afterTime + 1);
  if (since !== undefined && Date.parse(time.toString().trim()) < since) return undefined;
  const text = line.subarray(afterStream + 1);
  return timestamps ? Buffer.concat([time, text]) : text;
}
