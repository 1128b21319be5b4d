// The blobs of an image layout: prepared aside and flushed, then moved to their final name, so that none is ever torn.
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileSystemError, hasCode } from '../core/file-system-error.ts';
import type { BuiltImage, Descriptor, RemoteLayer } from './image.ts';
import { readLinks } from './layout-documents.ts';

/** Directory of whole blobs, by the hex digits of their sha256. */
export const blobDirectory = (layout: string) => join(layout, 'blobs', 'sha256');

/** Directory of files on their way; what a killed process leaves here is removed later by its age. */
export const stagingDirectory = (layout: string) => join(layout, '.staging');

/** A blob ready to be moved to its final name. */
export interface StagedBlob {
  readonly digest: string;
  readonly file: string;
}

/** Path of a blob; `digest` is `sha256:` and 64 hex digits. */
export function blobPath(layout: string, digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw new Error(`not a sha256 digest: ${digest}`);
  return join(blobDirectory(layout), hex);
}

/** Makes the layout's directories and its `oci-layout` file, where they are missing. */
export async function createLayout(layout: string): Promise<void> {
  try {
    await mkdir(blobDirectory(layout), { recursive: true });
    await mkdir(stagingDirectory(layout), { recursive: true });
    await stat(join(layout, 'oci-layout')).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error;
      return replaceFile(layout, 'oci-layout', '{"imageLayoutVersion":"1.0.0"}');
    });
  } catch (error) {
    throw fileSystemError(error, 'make the image store', layout);
  }
}

/** Brings all blobs of an image, flushed, to the layout's file system: layers are moved. The slow part of storing. */
export async function stageImage(
  layout: string,
  image: BuiltImage,
  signal: AbortSignal,
): Promise<StagedBlob[]> {
  const staged: StagedBlob[] = [];
  try {
    for (const layer of image.layers) {
      const file = 'file' in layer ? stageFile(layout, layer.file) : stageRemote(layout, layer, signal);
      staged.push({ digest: layer.digest, file: await file });
    }
    for (const { digest, bytes } of [...image.configs, ...image.platforms, image.manifest]) {
      staged.push({ digest, file: await stageBytes(layout, bytes) });
    }
    return staged;
  } catch (error) {
    await discardStaged(staged);
    throw fileSystemError(error, 'store the image', layout);
  }
}

/** Gives staged blobs their final names, durably. Over a blob that is there it puts the same content. */
export async function placeStaged(layout: string, staged: readonly StagedBlob[]): Promise<void> {
  try {
    for (const { digest, file } of staged) await rename(file, blobPath(layout, digest));
    await syncDirectory(blobDirectory(layout));
  } catch (error) {
    throw fileSystemError(error, 'store the image', blobDirectory(layout));
  }
}

/** Removes staged blobs that were not placed. */
export async function discardStaged(staged: readonly StagedBlob[]): Promise<void> {
  await Promise.all(staged.map(({ file }) => rm(file, { force: true })));
}

/** Writes a file of the layout anew in one step: after a crash it has the old content or the new one. */
export async function replaceFile(layout: string, name: string, content: string): Promise<void> {
  const staged = await stageBytes(layout, Buffer.from(content));
  await rename(staged, join(layout, name));
  await syncDirectory(layout);
}

/** Whether a manifest, or an index of manifests, and all blobs below it are here in full size. */
export async function isWhole(layout: string, manifest: Descriptor): Promise<boolean> {
  if (!(await hasBlob(layout, manifest))) return false;
  const { manifests, blobs } = await readLinks(blobPath(layout, manifest.digest));
  const here = await Promise.all([
    ...blobs.map((blob) => hasBlob(layout, blob)),
    ...manifests.map((each) => isWhole(layout, each)),
  ]);
  return here.every(Boolean);
}

async function hasBlob(layout: string, { digest, size }: Descriptor): Promise<boolean> {
  try {
    return (await stat(blobPath(layout, digest))).size === size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw fileSystemError(error, 'read an image', layout);
  }
}

async function stageFile(layout: string, file: string): Promise<string> {
  const staged = newStagedPath(layout);
  try {
    await rename(file, staged);
  } catch (error) {
    if (!hasCode(error, 'EXDEV')) throw error;
    await stage(staged, async () => {
      await copyFile(file, staged);
      await syncFile(staged);
    });
  }
  return staged;
}

async function stageRemote(layout: string, layer: RemoteLayer, signal: AbortSignal): Promise<string> {
  const staged = newStagedPath(layout);
  const write = async () =>
    pipeline(await layer.open(signal), createWriteStream(staged, { flags: 'wx', flush: true }), { signal });
  await stage(staged, write);
  return staged;
}

async function stageBytes(layout: string, bytes: Uint8Array): Promise<string> {
  const staged = newStagedPath(layout);
  await stage(staged, () => writeFile(staged, bytes, { flag: 'wx', flush: true }));
  return staged;
}

/** A full disk leaves no half file behind. */
async function stage(staged: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  }
}

function newStagedPath(layout: string): string {
  return join(stagingDirectory(layout), randomUUID());
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A new name is durable when its directory has been flushed. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
