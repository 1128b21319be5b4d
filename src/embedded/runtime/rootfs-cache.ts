// Unpacked images: each once per digest, shared by all pods that run it, removed when nothing does.
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findImage, imageDigest, type Image } from './image-layout.ts';
import { unpackImage } from './image-unpack.ts';

/** An image that is ready to be run. */
export interface UnpackedImage {
  readonly image: Image;
  /** The directory that stands for `/`. */
  readonly root: string;
  /** It had to be unpacked for this request. */
  readonly fresh: boolean;
}

/** Unpacked images below one directory. One process may use it at a time. */
export interface RootfsCache {
  /** Finds and, where needed, unpacks an image; several at once wait for the same work. @throws ImageProblem */
  obtain(reference: string): Promise<UnpackedImage>;
  /** Removes what no reference in `used` needs and nobody unpacked lately, and what was left half-done. */
  sweep(used: readonly string[]): Promise<void>;
}

const temporary = '.tmp-';
const fence = 'package.json';
/** An image that was unpacked this lately stays, in ms: its pods may be just about to come. */
const youngMilliseconds = 60 * 60 * 1000;

/** @param layout the OCI layout's directory. @param dir where unpacked images are kept. */
export function openRootfsCache(layout: string, dir: string): RootfsCache {
  const running = new Map<string, Promise<UnpackedImage>>();
  return {
    obtain(reference) {
      const unpacking = running.get(reference);
      if (unpacking !== undefined) return unpacking;
      const started = obtain(layout, dir, reference).finally(() => running.delete(reference));
      running.set(reference, started);
      return started;
    },
    sweep: (used) => sweep(dir, used),
  };
}

async function obtain(layout: string, dir: string, reference: string): Promise<UnpackedImage> {
  const image = await findImage(layout, reference);
  const root = join(dir, directoryName(image.digest));
  if (await exists(root)) return { image, root, fresh: false };
  await mkdir(dir, { recursive: true, mode: 0o700 });
  // Node takes a component's module type from the nearest package.json above it: never from the user's repository.
  await writeFile(join(dir, fence), '{}\n');
  const half = await mkdtemp(join(dir, temporary));
  try {
    await unpackImage(layout, image, half);
    // Appears whole or not at all. Two references to one digest may race: the first one wins.
    await rename(half, root).catch(async (error: unknown) => {
      if (!(await exists(root))) throw error;
    });
  } finally {
    await rm(half, { recursive: true, force: true });
  }
  return { image, root, fresh: true };
}

async function sweep(dir: string, used: readonly string[]): Promise<void> {
  const kept = new Set(used.flatMap((reference) => digestIn(reference)).map(directoryName));
  const names = await readdir(dir).catch(() => []);
  for (const name of names) {
    if (kept.has(name) || name === fence) continue;
    const path = join(dir, name);
    const age = Date.now() - (await stat(path)).mtimeMs;
    if (name.startsWith(temporary) || age > youngMilliseconds)
      await rm(path, { recursive: true, force: true });
  }
}

function digestIn(reference: string): string[] {
  try {
    return [imageDigest(reference)];
  } catch {
    return [];
  }
}

function directoryName(digest: string): string {
  return digest.slice('sha256:'.length);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
