// Reads what somebody pipes into fox, where a file is named `-`.
import { FoxError } from '../core/errors.ts';
import type { CommandContext } from './command-definition.ts';

/** More than any file of virtual environments has, in bytes: a wrong one isn't read to its end. */
const limit = 64 * 1024 * 1024;

/** Reads standard input to its end as text. @throws FoxError USAGE where nothing is piped in: nobody types a file. */
export async function standardInputText({
  stdin,
  signal,
}: Pick<CommandContext, 'stdin' | 'signal'>): Promise<string> {
  if (stdin === undefined || stdin.isTTY)
    throw new FoxError('USAGE', '-f - reads what is piped in, and nothing is', {
      hints: ['Name a file, or pipe one in: `-f - < team-a.yaml`.'],
    });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin as AsyncIterable<Uint8Array | string>) {
    signal.throwIfAborted();
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size > limit) throw new FoxError('USAGE', `what is piped in has more than ${limit} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}
