// Uploads a blob: in one request where all goes well, and from where the registry got to where a connection breaks.
import { Readable } from 'node:stream';
import { FoxError } from '../../core/errors.ts';
import { fileSystemError } from '../../core/file-system-error.ts';
import type { Descriptor } from '../image.ts';
import { hasBlob } from './blob-presence.ts';
import { headerOf } from './exchange.ts';
import { Attempts, Transient } from './patience.ts';
import type { TransferOptions } from './registry-client.ts';
import { AnswerFailure } from './registry-error.ts';
import type { RegistrySession } from './session.ts';
import { beginUpload, type Upload, uploadAt } from './upload-session.ts';

/** Gives a blob's bytes from an offset on. */
export interface OpenBlob {
  (offset: number, signal: AbortSignal): Readable | Promise<Readable>;
}

/** What an upload may be given. */
export interface UploadOptions extends TransferOptions {
  readonly onSent?: (bytes: number) => void;
}

/** See {@link RegistryClient.uploadBlob}. */
export async function uploadBlob(
  session: RegistrySession,
  repository: string,
  blob: Descriptor,
  open: OpenBlob,
  options: UploadOptions = {},
): Promise<void> {
  const retries = session.retries(options.signal);
  const job: Job = { session, repository, blob, open, options, signal: retries.signal };
  const attempts = new Attempts(retries);
  let upload: Upload | undefined;
  let furthest = 0;
  for (;;) {
    try {
      upload ??= await beginUpload(session, repository, job.signal);
      return await sendRest(job, upload);
    } catch (error) {
      await attempts.pause(worthAnother(job, upload, error));
      if (error instanceof AnswerFailure) upload = undefined;
    }
    if (upload === undefined) continue;
    upload = await whereIs(job, upload);
    // The answer to the last request may have been lost.
    if (
      upload === undefined &&
      (await hasBlob(session, repository, blob.digest, { ...options, forPush: true }))
    )
      return;
    if (upload !== undefined && upload.offset > furthest) {
      furthest = upload.offset;
      attempts.progressed();
    }
  }
}

interface Job {
  readonly session: RegistrySession;
  readonly repository: string;
  readonly blob: Descriptor;
  readonly open: OpenBlob;
  readonly options: UploadOptions;
  readonly signal: AbortSignal;
}

/** The error as it is, unless another attempt may do better. */
function worthAnother(job: Job, upload: Upload | undefined, error: unknown): unknown {
  if (!(error instanceof AnswerFailure)) return error;
  const failure = error.reason === 'DIGEST_INVALID' ? otherBytes(job, error) : error;
  // Not every registry can go on with what it got.
  return upload !== undefined && upload.offset > 0 ? new Transient(failure) : failure;
}

/** All at once if nothing is there yet; else the rest, and then the end. */
async function sendRest(job: Job, upload: Upload): Promise<void> {
  const { blob } = job;
  if (upload.offset === 0) return finish(job, upload.location, bytesFrom(job, 0));
  let { location } = upload;
  if (upload.offset < blob.size) {
    const answer = await job.session.send({
      method: 'PATCH',
      target: location,
      access: { repository: job.repository, action: 'push' },
      ...bytesFrom(job, upload.offset),
      signal: job.options.signal,
    });
    location = (await uploadAt(job.session, answer, blob.size)).location;
  }
  await finish(job, location, { headers: { 'content-length': '0' } });
}

async function finish(
  job: Job,
  location: URL,
  content: Pick<Parameters<RegistrySession['send']>[0], 'headers' | 'body'>,
): Promise<void> {
  const target = new URL(location);
  target.searchParams.set('digest', job.blob.digest);
  const answer = await job.session.send({
    method: 'PUT',
    target,
    access: { repository: job.repository, action: 'push' },
    ...content,
    signal: job.options.signal,
  });
  await answer.body.dump();
}

function bytesFrom({ blob, open, options, signal }: Job, offset: number) {
  const range = offset === 0 ? {} : { 'content-range': `${offset}-${blob.size - 1}` };
  async function* counted(): AsyncGenerator<Buffer> {
    let sent = offset;
    for await (const chunk of sourceOf(blob, () => open(offset, signal))) {
      sent += chunk.length;
      if (sent > blob.size) break;
      yield chunk;
      options.onSent?.(sent);
    }
    if (sent !== blob.size) throw changed(blob, sent);
  }
  return {
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(blob.size - offset),
      ...range,
    },
    body: () => Readable.from(counted(), { objectMode: false }),
  };
}

/** What fails here isn't the registry's fault. */
async function* sourceOf(blob: Descriptor, open: () => Readable | Promise<Readable>): AsyncGenerator<Buffer> {
  try {
    yield* (await open()) as AsyncIterable<Buffer>;
  } catch (error) {
    throw fileSystemError(error, 'read the image layer', blob.digest);
  }
}

/** How far the registry got; undefined if it doesn't know the upload any more. */
async function whereIs({ session, repository, options }: Job, upload: Upload): Promise<Upload | undefined> {
  const answer = await session.request({
    method: 'GET',
    target: upload.location,
    access: { repository, action: 'push' },
    accept: [400, 404, 405, 416],
    signal: options.signal,
  });
  await answer.body.dump();
  const end = /^(?:bytes=)?0-(\d+)$/.exec(headerOf(answer, 'range') ?? '')?.[1];
  if (answer.status !== 204 && answer.status !== 202) return undefined;
  // `0-0` is also what registries say that have nothing.
  const offset = end === undefined || end === '0' ? 0 : Number(end) + 1;
  const next = headerOf(answer, 'location');
  return { location: next === undefined ? upload.location : new URL(next, answer.url), offset };
}

function otherBytes({ session, repository, blob }: Job, cause: FoxError): FoxError {
  return new FoxError(
    'REGISTRY_ERROR',
    `the registry ${session.host} got other bytes than those of ${blob.digest} for ${repository}`,
    { hints: ['The file has changed meanwhile, or the way there is broken: run the command again.'], cause },
  );
}

function changed(blob: Descriptor, size: number): FoxError {
  const which = size > blob.size ? 'more bytes' : `${size} bytes`;
  return new FoxError(
    'REGISTRY_ERROR',
    `the blob ${blob.digest} has ${which} instead of ${blob.size} at its source`,
    {
      hints: ['Its file has changed since it was built: run the command again.'],
    },
  );
}
