// Turns what a process prints into log lines: `<RFC3339Nano> <stdout|stderr> <text>`.
import type { Readable } from 'node:stream';
import { logTime } from './kube-time.ts';

/** Longer lines are cut into several, so that a process without line ends can't fill the memory. */
const longestLine = 64 * 1024;
const newline = 0x0a;

/**
 * Reads a stream to its end and hands over complete log lines; waits for `write`, and the process with it.
 * A last line without a line end is completed.
 */
export async function readOutput(
  stream: Readable,
  name: 'stdout' | 'stderr',
  write: (lines: Buffer) => Promise<void>,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const { lines, left } = cut(bytes);
      rest = left;
      if (lines.length > 0) await write(format(name, lines));
    }
  } catch (error) {
    // Cut off because descendants held it open after the end.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
  if (rest.length > 0) await write(format(name, [rest]));
}

function cut(bytes: Buffer): { lines: Buffer[]; left: Buffer } {
  const lines: Buffer[] = [];
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(newline, start);
    const length = (end < 0 ? bytes.length : end) - start;
    if (length > longestLine) {
      lines.push(bytes.subarray(start, start + longestLine));
      start += longestLine;
    } else if (end < 0) break;
    else {
      lines.push(bytes.subarray(start, end));
      start = end + 1;
    }
  }
  return { lines, left: bytes.subarray(start) };
}

function format(name: 'stdout' | 'stderr', lines: readonly Buffer[]): Buffer {
  const prefix = Buffer.from(`${logTime()} ${name} `);
  return Buffer.concat(lines.flatMap((line) => [prefix, line, Buffer.of(newline)]));
}
