// Keeps images in a directory: an OCI image layout, shared safely by processes that write it at the same time.
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { FoxError } from '../core/errors.ts';
import { annotation } from '../core/labels.ts';
import { withLock } from './file-lock.ts';
import { fileSystemError } from '../core/file-system-error.ts';
import { type BuiltImage, plainDescriptor } from './image.ts';
import {
  imageName,
  type ImageReference,
  type ImageStore,
  layoutRunName,
  type PutOptions,
} from './image-store.ts';
import { blobPath, createLayout, discardStaged, isWhole, placeStaged, stageImage } from './layout-blobs.ts';
import type { IndexEntry } from './layout-documents.ts';
import { entryName, entrySourceHash, nameAnnotation, readIndex, writeIndex } from './layout-index.ts';
import { removeImages, type RemovalOptions, type RemovedImages } from './layout-removal.ts';

/** An image layout as a store of images, and what only a local store can do. */
export interface ImageLayout extends ImageStore {
  /** Removes all images but those to keep, and the blobs that no image reaches any more. */
  remove(options: RemovalOptions): Promise<RemovedImages>;
}

/**
 * The image layout in the directory `dir`, made when the first image is put. Other tools read it as
 * `oci:<dir>:<app>/<component>:<first 40 hex digits of the source hash>`. With `readOnly` a look leaves no mark: for
 * those who don't go on to run what they find.
 */
export function openLayout(
  dir: string,
  { readOnly = false }: { readonly readOnly?: boolean } = {},
): ImageLayout {
  return {
    find: (references) => findImages(dir, references, readOnly),
    put: (reference, image, options) => putImage(dir, reference, image, options),
    putPrebuilt: (_reference, image) => Promise.resolve(image),
    runName: layoutRunName,
    remove: (options) => removeFrom(dir, options),
  };
}

async function findImages(
  dir: string,
  references: readonly ImageReference[],
  readOnly: boolean,
): Promise<Map<string, string>> {
  const wanted = new Set(references.map((reference) => reference.sourceHash));
  const candidates = async () =>
    (await readIndex(dir)).filter((entry) => wanted.has(entrySourceHash(entry) ?? ''));
  const found = new Map<string, string>();
  if ((await candidates()).length === 0) return found;
  const look = async () => {
    for (const entry of await candidates()) {
      const sourceHash = entrySourceHash(entry) ?? '';
      if (found.has(sourceHash) || !(await isWhole(dir, entry))) continue;
      if (!readOnly) await markUsed(dir, entry.digest);
      found.set(sourceHash, entry.digest);
    }
    return found;
  };
  // Whoever asks is about to run them: the lock and the mark keep a removal at the same time from taking them.
  return readOnly ? look() : withLayoutLock(dir, look);
}

async function putImage(
  dir: string,
  reference: ImageReference,
  image: BuiltImage,
  { replace = false, signal = new AbortController().signal }: PutOptions = {},
): Promise<string> {
  await createLayout(dir);
  const staged = await stageImage(dir, image, signal);
  try {
    return await withLayoutLock(dir, async (check) => {
      const entries = await readIndex(dir);
      const there = entries.find((entry) => entryName(entry) === imageName(reference));
      if (!replace && there !== undefined && (await isTheSame(dir, there, reference))) {
        await markUsed(dir, there.digest);
        return there.digest;
      }
      await placeStaged(dir, staged);
      await check();
      await writeIndex(dir, [...entries.filter((entry) => entry !== there), newEntry(reference, image)]);
      return image.manifest.digest;
    });
  } finally {
    await discardStaged(staged);
  }
}

/** Whether an entry of that name can be used: another process has built the same meanwhile. */
async function isTheSame(dir: string, there: IndexEntry, reference: ImageReference): Promise<boolean> {
  const sourceHash = entrySourceHash(there);
  if (sourceHash !== undefined && sourceHash !== reference.sourceHash) {
    const both = `${sourceHash} and ${reference.sourceHash}`;
    throw new FoxError('CONFLICT', `two source hashes share the name ${imageName(reference)}: ${both}`);
  }
  return sourceHash !== undefined && (await isWhole(dir, there));
}

function newEntry(reference: ImageReference, image: BuiltImage): IndexEntry {
  const annotations = {
    [nameAnnotation]: imageName(reference),
    [annotation.sourceHash]: reference.sourceHash,
  };
  return { ...plainDescriptor(image.manifest), annotations };
}

/** An image's age is its manifest's. */
async function markUsed(dir: string, digest: string): Promise<void> {
  const now = new Date();
  try {
    await utimes(blobPath(dir, digest), now, now);
  } catch (error) {
    throw fileSystemError(error, 'mark an image as used', dir);
  }
}

async function removeFrom(dir: string, options: RemovalOptions): Promise<RemovedImages> {
  if (options.dryRun === true) return removeImages(dir, options, () => Promise.resolve());
  await createLayout(dir);
  return withLayoutLock(dir, (check) => removeImages(dir, options, check));
}

function withLayoutLock<T>(dir: string, work: (check: () => Promise<void>) => Promise<T>): Promise<T> {
  return withLock(join(dir, 'index.lock'), (lock) => work(lock.check));
}
