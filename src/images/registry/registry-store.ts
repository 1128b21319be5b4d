// Keeps images in a registry: found by a tag that is their source hash, pushed so that nothing half is ever reachable.
import { FoxError } from '../../core/errors.ts';
import { cancelled } from '../cancelled.ts';
import type { BuiltImage } from '../image.ts';
import type { ImageReference, ImageStore, PutOptions } from '../image-store.ts';
import { BlobSources } from './blob-sources.ts';
import { limitTo } from './limit.ts';
import { openRegistry } from './open-registry.ts';
import { emptyBlob, prebuiltRecord, readPrebuiltRecord } from './prebuilt-record.ts';
import { pushBlobs, pushContent, type Push, type PushAmounts } from './push-image.ts';
import type { RegistryClient, RegistryOptions } from './registry-client.ts';
import { registryNames, type RegistryNames } from './registry-names.ts';

/** Which registry, and who wants to know how it goes. */
export interface RegistryStoreOptions extends Omit<RegistryOptions, 'host'> {
  /** What the names of all images begin with: host, port and path, e.g. `localhost:5000/order`. */
  readonly prefix: string;
  readonly onProgress?: (progress: PushProgress) => void;
}

/** How far a push has come: it begins with nothing done, and ends, in whichever way, once. */
export interface PushProgress extends PushAmounts {
  readonly reference: ImageReference;
  /** `done`: the image can be used. */
  readonly state: 'started' | 'progress' | 'done' | 'failed' | 'cancelled';
}

/** A registry as a store of images. */
export interface RegistryStore extends ImageStore {
  /** The registry itself: bases that are there needn't be copied. */
  readonly client: RegistryClient;
  close(): Promise<void>;
}

/** Look-ups at once. */
const mostLookUps = 16;

/** Blobs on their way at once. */
const mostTransfers = 4;

/**
 * The place's registry. Images are at `<prefix>/<app>/<component>:<first 40 hex digits of the source hash>`.
 * @throws FoxError CONFIG_INVALID if the prefix is none. Its methods throw as {@link RegistryClient}'s do.
 */
export function openRegistryStore(options: RegistryStoreOptions): RegistryStore {
  const names = registryNames(options.prefix);
  const client = openRegistry({ ...options, host: names.host });
  const parts: Parts = {
    client,
    names,
    options,
    lookUps: limitTo(mostLookUps),
    transfers: limitTo(mostTransfers),
    sources: new BlobSources(),
  };
  return {
    client,
    find: (references) => findImages(parts, references),
    put: (reference, image, put) => putImage(parts, reference, image, put),
    putPrebuilt: (reference, image, put) => putPrebuilt(parts, reference, image, put),
    runName: names.runName,
    close: () => client.close(),
  };
}

interface Parts {
  readonly client: RegistryClient;
  readonly names: RegistryNames;
  readonly options: RegistryStoreOptions;
  readonly lookUps: ReturnType<typeof limitTo>;
  readonly transfers: ReturnType<typeof limitTo>;
  readonly sources: BlobSources;
}

async function findImages(parts: Parts, references: readonly ImageReference[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const look = async (reference: ImageReference) => {
    parts.sources.addRepository(parts.names.repository(reference));
    const image = await parts.lookUps(() => lookUp(parts, reference, undefined));
    if (image !== undefined) found.set(reference.sourceHash, image);
  };
  await Promise.all(references.map(look));
  return found;
}

/** One request: HEAD, or for what a prebuilt image was resolved to, GET. */
async function lookUp(
  { client, names }: Parts,
  reference: ImageReference,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const [repository, tag] = [names.repository(reference), names.tag(reference)];
  const transfer = { forPush: true, ...(signal === undefined ? {} : { signal }) };
  if (reference.prebuilt !== true) return (await client.resolve(repository, tag, transfer))?.digest;
  const record = await client.manifest(repository, tag, transfer);
  return record === undefined ? undefined : readPrebuiltRecord(record, `${repository}:${tag}`);
}

async function putImage(
  parts: Parts,
  reference: ImageReference,
  image: BuiltImage,
  options: PutOptions = {},
): Promise<string> {
  const { onProgress = () => undefined } = parts.options;
  let amounts: PushAmounts | undefined;
  const tell = (now: PushAmounts) => {
    onProgress({ reference, state: amounts === undefined ? 'started' : 'progress', ...now });
    amounts = now;
  };
  try {
    const digest = await publish(parts, reference, options, async (push) => {
      await pushContent({ ...push, onProgress: tell }, image);
      return { manifest: image.manifest, answer: image.manifest.digest };
    });
    if (amounts !== undefined) onProgress({ reference, state: 'done', ...amounts });
    return digest;
  } catch (error) {
    const isCancelled = error instanceof FoxError && error.code === 'CANCELLED';
    const state = isCancelled ? 'cancelled' : 'failed';
    if (amounts !== undefined) onProgress({ reference, state, ...amounts });
    throw error;
  }
}

async function putPrebuilt(
  parts: Parts,
  reference: ImageReference,
  image: string,
  options: PutOptions = {},
): Promise<string> {
  return publish(parts, { ...reference, prebuilt: true }, options, async (push) => {
    await pushBlobs(push, [emptyBlob]);
    return { manifest: prebuiltRecord(image), answer: image };
  });
}

/** The tag comes last, and only if nobody else has set it meanwhile. */
async function publish(
  parts: Parts,
  reference: ImageReference,
  { replace = false, signal }: PutOptions,
  content: (push: Push) => Promise<{ manifest: BuiltImage['manifest']; answer: string }>,
): Promise<string> {
  const { client, names, options } = parts;
  const there = () => (replace ? undefined : lookUp(parts, reference, signal));
  const before = await there();
  if (before !== undefined) return before;
  const push = pushOf(parts, reference, signal);
  try {
    const { manifest, answer } = await content(push);
    const meanwhile = await there();
    if (meanwhile !== undefined) return meanwhile;
    await client.putManifest(push.repository, names.tag(reference), manifest, { signal: push.signal });
    return answer;
  } catch (error) {
    const ending = [signal, options.signal].find((each) => each?.aborted);
    throw ending === undefined ? error : cancelled(ending);
  }
}

function pushOf(parts: Parts, reference: ImageReference, signal: AbortSignal | undefined): Push {
  const { client, names, options, transfers, sources } = parts;
  const repository = names.repository(reference);
  sources.addRepository(repository);
  return {
    client,
    repository,
    limit: transfers,
    sources,
    signal: signal === undefined ? options.signal : AbortSignal.any([options.signal, signal]),
    onProgress: () => undefined,
  };
}
