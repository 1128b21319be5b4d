// Manifests and indexes of a registry: looked up by tag, read and written, each verified by its digest.
import { createHash } from 'node:crypto';
import { FoxError } from '../../core/errors.ts';
import { type Descriptor, type DocumentBlob, mediaType } from '../image.ts';
import { type Answer, headerOf } from './exchange.ts';
import { persist } from './patience.ts';
import type { RegistryClient, TransferOptions } from './registry-client.ts';
import { connectionError } from './connection-error.ts';
import { lookUpAccess, mismatch, notRegistry } from './registry-error.ts';
import type { RegistrySession } from './session.ts';

/** What fox reads: OCI's types and those of Docker that mean the same. */
const manifestTypes = [
  mediaType.index,
  mediaType.manifest,
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** Larger ones are refused by registries, and would fill the memory. Bytes. */
export const largestManifest = 4 * 1024 * 1024;

const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** The part of a client that deals with manifests. */
export function manifestsOf(
  session: RegistrySession,
): Pick<RegistryClient, 'resolve' | 'manifest' | 'putManifest'> {
  return {
    resolve: (repository, tagOrDigest, options) => resolve(session, repository, tagOrDigest, options),
    manifest: (repository, tagOrDigest, options) => read(session, repository, tagOrDigest, options),
    putManifest: (repository, tagOrDigest, manifest, options) =>
      put(session, repository, tagOrDigest, manifest, options),
  };
}

async function resolve(
  session: RegistrySession,
  repository: string,
  tagOrDigest: string,
  options: TransferOptions = {},
): Promise<Descriptor | undefined> {
  const answer = await session.request(lookUp('HEAD', repository, tagOrDigest, options));
  await answer.body.dump();
  if (answer.status === 404) return undefined;
  refusePage(session.host, answer);
  const digest = headerOf(answer, 'docker-content-digest') ?? '';
  const size = Number(headerOf(answer, 'content-length'));
  if (!digestPattern.test(digest) || !Number.isInteger(size) || size === 0) {
    // Not every registry says it: then the digest is that of the content.
    const found = await read(session, repository, tagOrDigest, options);
    return found === undefined
      ? undefined
      : { mediaType: found.mediaType, digest: found.digest, size: found.size };
  }
  if (digestPattern.test(tagOrDigest) && tagOrDigest !== digest) {
    throw mismatch(session.host, `${repository}@${tagOrDigest}`, `it has the digest ${digest}`);
  }
  return { mediaType: contentType(answer), digest, size };
}

function read(
  session: RegistrySession,
  repository: string,
  tagOrDigest: string,
  options: TransferOptions = {},
): Promise<DocumentBlob | undefined> {
  return persist(async () => {
    const answer = await session.send(lookUp('GET', repository, tagOrDigest, options));
    if (answer.status === 404) {
      await answer.body.dump();
      return undefined;
    }
    refusePage(session.host, answer);
    const name = `${repository}${digestPattern.test(tagOrDigest) ? '@' : ':'}${tagOrDigest}`;
    const bytes = await readBytes(session.host, name, answer);
    const digest = digestOf(bytes);
    const expected = digestPattern.test(tagOrDigest)
      ? tagOrDigest
      : headerOf(answer, 'docker-content-digest');
    if (expected !== undefined && expected !== digest) {
      throw mismatch(session.host, name, `its digest is ${digest} instead of ${expected}`);
    }
    return { mediaType: contentType(answer), digest, size: bytes.length, bytes };
  }, session.retries(options.signal));
}

function lookUp(
  method: 'GET' | 'HEAD',
  repository: string,
  tagOrDigest: string,
  { signal, forPush }: TransferOptions,
) {
  return {
    method,
    target: `/v2/${repository}/manifests/${tagOrDigest}`,
    access: lookUpAccess(repository, forPush),
    headers: { accept: manifestTypes.join(', ') },
    accept: [404],
    signal,
  } as const;
}

async function readBytes(host: string, name: string, { body }: Answer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > largestManifest) throw tooLarge(host, name);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof FoxError ? error : connectionError(host, error);
  }
  return Buffer.concat(chunks);
}

async function put(
  session: RegistrySession,
  repository: string,
  tagOrDigest: string,
  manifest: DocumentBlob,
  { signal }: TransferOptions = {},
): Promise<void> {
  if (manifest.bytes.length > largestManifest) throw tooLarge(session.host, repository);
  const answer = await session.request({
    method: 'PUT',
    target: `/v2/${repository}/manifests/${tagOrDigest}`,
    access: { repository, action: 'push' },
    headers: { 'content-type': manifest.mediaType },
    body: () => manifest.bytes,
    signal,
  });
  await answer.body.dump();
  refusePage(session.host, answer);
  const digest = headerOf(answer, 'docker-content-digest');
  if (digest !== undefined && digest !== manifest.digest) {
    throw mismatch(session.host, `${repository}@${manifest.digest}`, `it has kept it as ${digest}`);
  }
}

function tooLarge(host: string, name: string): FoxError {
  return new FoxError(
    'REGISTRY_ERROR',
    `the manifest of ${name} is larger than the 4 MiB that registries (here ${host}) accept`,
    { hints: ['Fewer layers, platforms or annotations make it smaller.'] },
  );
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Portals answer everything with a page and a status that sounds like success. */
function refusePage(host: string, answer: Answer): void {
  if (contentType(answer) === 'text/html') throw notRegistry(host);
}

/** Without its parameters. */
function contentType(answer: Answer): string {
  return headerOf(answer, 'content-type')?.split(';')[0]?.trim() ?? mediaType.manifest;
}
