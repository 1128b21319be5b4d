// Downloads a blob: as a stream that goes on where a connection broke, and that fails unless it has the promised digest.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { FoxError } from '../../core/errors.ts';
import { cancelled } from '../cancelled.ts';
import type { Descriptor } from '../image.ts';
import { type Answer, headerOf } from './exchange.ts';
import { Attempts, persist, type RetryOptions } from './patience.ts';
import type { TransferOptions } from './registry-client.ts';
import { connectionError } from './connection-error.ts';
import { mismatch } from './registry-error.ts';
import type { RegistrySession } from './session.ts';

/** The bytes of a blob from `offset` on. See {@link RegistryClient.blob}. */
export async function downloadBlob(
  session: RegistrySession,
  repository: string,
  blob: Descriptor,
  { offset = 0, signal }: TransferOptions & { readonly offset?: number } = {},
): Promise<Readable> {
  const retries = session.retries(signal);
  const open = (position: number) => requestFrom(session, repository, blob, position, signal);
  const first = await persist(() => open(offset), retries);
  const bytes = follow({ session, repository, blob, retries, open }, first, offset);
  const content = Readable.from(verified(session.host, repository, blob, bytes, offset), {
    objectMode: false,
  });
  // One that nobody reads must not keep the connection, nor fail unseen.
  content.once('close', () => first.body.destroy());
  first.body.on('error', () => undefined);
  return content;
}

interface Download {
  readonly session: RegistrySession;
  readonly repository: string;
  readonly blob: Descriptor;
  readonly retries: RetryOptions;
  readonly open: (position: number) => Promise<Answer>;
}

/** Bytes of one answer after the other until all are here. */
async function* follow(download: Download, first: Answer, offset: number): AsyncGenerator<Buffer> {
  const { session, blob, retries, open } = download;
  const attempts = new Attempts(retries);
  let answer: Answer | undefined = first;
  let position = offset;
  while (position < blob.size) {
    try {
      answer ??= await open(position);
      // A registry that can't send a part sends all again.
      let toSkip = answer.status === 206 ? 0 : position;
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        const rest = chunk.subarray(Math.min(toSkip, chunk.length));
        toSkip -= chunk.length - rest.length;
        if (rest.length === 0) continue;
        position += rest.length;
        attempts.progressed();
        yield rest;
      }
      if (position < blob.size) throw new Error('the answer ended too early');
    } catch (error) {
      answer = undefined;
      if (retries.signal.aborted) throw cancelled(retries.signal);
      const isOwn = error instanceof FoxError || (error instanceof Error && error.name === 'Transient');
      await attempts.pause(isOwn ? error : connectionError(session.host, error));
    }
  }
}

async function* verified(
  host: string,
  repository: string,
  { digest, size }: Descriptor,
  bytes: AsyncIterable<Buffer>,
  offset: number,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let position = offset;
  for await (const chunk of bytes) {
    hash.update(chunk);
    position += chunk.length;
    yield chunk;
  }
  const name = `the blob ${digest} of ${repository}`;
  if (position !== size) throw mismatch(host, name, `it has ${position} bytes instead of ${size}`);
  const found = `sha256:${hash.digest('hex')}`;
  if (offset === 0 && found !== digest) throw mismatch(host, name, `its digest is ${found}`);
}

async function requestFrom(
  session: RegistrySession,
  repository: string,
  blob: Descriptor,
  position: number,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const answer = await session.send({
    method: 'GET',
    target: `/v2/${repository}/blobs/${blob.digest}`,
    access: { repository, action: 'pull' },
    headers: position === 0 ? {} : { range: `bytes=${position}-` },
    signal,
  });
  const start = /^bytes (\d+)-/.exec(headerOf(answer, 'content-range') ?? '')?.[1];
  if (answer.status === 206 && Number(start) !== position) {
    await answer.body.dump();
    throw mismatch(
      session.host,
      `the blob ${blob.digest}`,
      `its bytes from ${start ?? '?'} instead of ${position}`,
    );
  }
  return answer;
}
