// Reads what somebody pipes into fox, where a file is named `-`; never more than can be meant.
import { FoxError } from '../core/errors.ts';
import type { CommandContext } from './command-definition.ts';

/** More than any file of virtual environments may have, in bytes. */
const limit = 16 * 1024 * 1024;

type Piped = Pick<CommandContext, 'stdin' | 'signal'>;

/** Reads standard input to its end as text; a terminal isn't waited for. @throws FoxError USAGE. */
export async function standardInputText(io: Piped): Promise<string> {
  return (await standardInput(io, limit)).toString('utf8');
}

/** Reads standard input to its end; a terminal isn't waited for. @throws FoxError USAGE, also for more than `most` bytes. */
export async function standardInput({ stdin, signal }: Piped, most: number): Promise<Buffer> {
  if (stdin === undefined || stdin.isTTY)
    throw new FoxError('USAGE', 'standard input is to be read, and nothing is piped in', {
      hints: ['Name a file, or pipe one in: `… - < file`.'],
    });
  return bytesOf(stdin as AsyncIterable<Uint8Array | string>, { what: 'standard input', most, signal });
}

/** Reads a stream to its end, or until it is more than can be meant. @throws FoxError USAGE for more than `most` bytes. */
export async function bytesOf(
  stream: AsyncIterable<Uint8Array | string>,
  { what, most, signal }: { readonly what: string; readonly most: number; readonly signal: AbortSignal },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    signal.throwIfAborted();
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size > most) throw new FoxError('USAGE', `${what} has more than ${most} bytes`);
  }
  return Buffer.concat(chunks);
}
