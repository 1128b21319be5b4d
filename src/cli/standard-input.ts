// Reads what somebody pipes into fox, where a file is named `-`.
import { FoxError } from '../core/errors.ts';
import type { CommandContext } from './command-definition.ts';

/** More than any file of virtual environments may have, in bytes. */
const limit = 16 * 1024 * 1024;

/** Reads standard input to its end as text; a terminal isn't waited for. @throws FoxError USAGE. */
export async function standardInputText({
  stdin,
  signal,
}: Pick<CommandContext, 'stdin' | 'signal'>): Promise<string> {
  if (stdin === undefined || stdin.isTTY)
    throw new FoxError('USAGE', '"-" is standard input, and nothing is piped into it', {
      hints: ['Pipe a file: `… -f - < file.yaml`.'],
    });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin as AsyncIterable<Uint8Array | string>) {
    signal.throwIfAborted();
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > limit) throw new FoxError('USAGE', `standard input has more than ${limit} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}
