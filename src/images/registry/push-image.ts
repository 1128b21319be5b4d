// Pushes an image: only the blobs that the registry lacks, several at once, and its name last of all.
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { BuiltImage, Descriptor, DocumentBlob, LayerFile, RemoteLayer } from '../image.ts';
import type { BlobSources } from './blob-sources.ts';
import type { OpenBlob } from './blob-upload.ts';
import type { Limit } from './limit.ts';
import type { RegistryClient } from './registry-client.ts';

/** Something that an image is made of. */
export type ImageBlob = LayerFile | RemoteLayer | DocumentBlob;

/** What one push needs. */
export interface Push {
  readonly client: RegistryClient;
  readonly repository: string;
  /** Blobs on their way at once, of all pushes. */
  readonly limit: Limit;
  /** Which other repositories of the registry may have a blob. */
  readonly sources: BlobSources;
  readonly signal: AbortSignal;
  /** Told how far it is: first nothing, in the end all but the last bytes. */
  readonly onProgress: (amounts: PushAmounts) => void;
}

/** What has become of an image's bytes. */
export interface PushAmounts {
  /** Sent by this push. */
  readonly sent: number;
  /** The registry had them already. */
  readonly there: number;
  readonly total: number;
}

/** Smaller blobs are sent rather than looked for elsewhere. Bytes. */
const worthMounting = 64 * 1024;

/**
 * Brings all blobs and the manifests below the image's own to the registry. The first failure ends the other transfers.
 * @throws FoxError see {@link RegistryClient}.
 */
export async function pushContent(push: Push, image: BuiltImage): Promise<void> {
  await pushBlobs(push, [...image.layers, ...image.configs]);
  for (const manifest of image.platforms) {
    await push.client.putManifest(push.repository, manifest.digest, manifest, { signal: push.signal });
  }
}

/** Brings blobs to the registry, each once. */
export async function pushBlobs(push: Push, blobs: readonly ImageBlob[]): Promise<void> {
  const distinct = [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
  const failing = new AbortController();
  const signal = AbortSignal.any([push.signal, failing.signal]);
  const report = progressOf(distinct, push.onProgress);
  const pushOne = async (blob: ImageBlob) => {
    try {
      await push.limit(() => pushBlob({ ...push, signal }, blob, (had) => report(blob.digest, had)));
    } catch (error) {
      failing.abort(error);
      throw error;
    }
  };
  const results = await Promise.allSettled(distinct.map(pushOne));
  push.signal.throwIfAborted();
  if (failing.signal.aborted) throw failing.signal.reason;
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** What has become of one blob. */
type BlobAmounts = Pick<PushAmounts, 'sent' | 'there'>;

/** Adds up what has become of each blob, and tells it at each per cent, and in the end. */
function progressOf(
  blobs: readonly Descriptor[],
  onProgress: Push['onProgress'],
): (digest: string, amounts: BlobAmounts) => void {
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  const each = new Map<string, BlobAmounts>();
  let told = 0;
  onProgress({ sent: 0, there: 0, total });
  return (digest, amounts) => {
    each.set(digest, amounts);
    const [sent, there] = (['sent', 'there'] as const).map((which) =>
      [...each.values()].reduce((sum, blob) => sum + blob[which], 0),
    ) as [number, number];
    const percent = Math.floor(((sent + there) / total) * 100);
    if (percent === told && sent + there < total) return;
    told = percent;
    onProgress({ sent, there, total });
  };
}

async function pushBlob(push: Push, blob: ImageBlob, report: (amounts: BlobAmounts) => void): Promise<void> {
  const { client, repository, sources, signal } = push;
  const { size } = blob;
  signal.throwIfAborted();
  let isSent = false;
  const wasThere = await client.hasBlob(repository, blob.digest, { signal, forPush: true });
  const known = sources.known(blob.digest);
  const isThere = wasThere || (await mounted(push, blob, known));
  if (!isThere) {
    const onSent = (bytes: number) => report({ sent: bytes, there: 0 });
    const upload = async () => {
      await client.uploadBlob(repository, blob, opener(blob), { signal, onSent });
      isSent = true;
    };
    const sent = await sources.sendOnce(blob.digest, { repository, known }, upload);
    // What another push has just sent to its repository is taken over from there.
    if (!sent && !(await mounted(push, blob, sources.known(blob.digest)))) await upload();
  }
  sources.saw(blob.digest, repository);
  report(isSent ? { sent: size, there: 0 } : { sent: 0, there: size });
}

/** Whether the registry has taken it over from another repository of its own. */
async function mounted(
  { client, repository, sources, signal }: Push,
  blob: ImageBlob,
  known: string | undefined,
): Promise<boolean> {
  const likely = [...('open' in blob && blob.registry === client.host ? [blob.repository] : []), known];
  for (const from of likely) {
    const isElsewhere = from !== undefined && from !== repository;
    if (isElsewhere && (await client.mountBlob(from, repository, blob.digest, { signal }))) return true;
  }
  // Only base layers are likely to be in other repositories: an app's own files carry their place in them.
  if (!('open' in blob) || blob.size < worthMounting) return false;
  for (const from of sources.candidates()) {
    if (from === repository || likely.includes(from)) continue;
    if (!(await client.hasBlob(from, blob.digest, { signal }))) continue;
    if (await client.mountBlob(from, repository, blob.digest, { signal })) return true;
  }
  return false;
}

function opener(blob: ImageBlob): OpenBlob {
  if ('open' in blob) return (offset, signal) => blob.open(signal, offset);
  if ('file' in blob) return (offset) => createReadStream(blob.file, { start: offset });
  return (offset) => Readable.from([Buffer.from(blob.bytes.subarray(offset))], { objectMode: false });
}
