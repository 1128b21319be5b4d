// Lines of an answer that goes on: a watch, a log.
import { brokenOff } from './connection-error.ts';

/** Lines as they come, without their ends. @throws FoxError CLUSTER_UNREACHABLE when the answer breaks off, unless the signal did that. */
export async function* lines(
  body: AsyncIterable<Buffer | string>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of body) {
      rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      const parts = rest.split('\n');
      rest = parts.pop() ?? '';
      yield* parts;
    }
    if (rest !== '') yield rest;
  } catch (error) {
    if (!signal.aborted) throw brokenOff(error);
  }
}
