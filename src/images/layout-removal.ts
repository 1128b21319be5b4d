// Removes images from a layout by mark and sweep: a blob goes only when no image that stays reaches it.
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSystemError, hasCode } from '../core/file-system-error.ts';
import { blobDirectory, blobPath, stagingDirectory } from './layout-blobs.ts';
import { type IndexEntry, readLinks } from './layout-documents.ts';
import { entryName, entrySourceHash, readIndex, writeIndex } from './layout-index.ts';

/** What stays. */
export interface RemovalOptions {
  /** Digests (`sha256:…`) of the images that are in use. */
  readonly keep: ReadonlySet<string>;
  /** Now, in milliseconds since 1970. */
  readonly now: number;
  /** What was built, found or written less than this ago stays: somebody may be about to run it. Default: an hour. */
  readonly graceMs?: number;
  /** Say what would be removed, and remove nothing. */
  readonly dryRun?: boolean;
}

/** What a removal has removed, or would remove. */
export interface RemovedImages {
  /** Names (`<app>/<component>:<hash>`), sorted. */
  readonly images: readonly string[];
  /** Size of the blobs. */
  readonly bytes: number;
}

/**
 * Removes fox's images that are neither kept nor young, and every old blob that nothing reaches any more, left-over
 * files included. Images of other tools stay. Unless it is a dry run, the layout's lock must be held; `check` confirms
 * that before each step.
 */
export async function removeImages(
  layout: string,
  options: RemovalOptions,
  check: () => Promise<void>,
): Promise<RemovedImages> {
  const isOld = ageTest(options);
  const staying: IndexEntry[] = [];
  const leaving: IndexEntry[] = [];
  for (const entry of await readIndex(layout)) {
    const isUsed = entrySourceHash(entry) === undefined || options.keep.has(entry.digest);
    (isUsed || !(await isOld(blobPath(layout, entry.digest))) ? staying : leaving).push(entry);
  }
  const reached = new Set<string>();
  for (const digest of options.keep) await mark(layout, digest, reached);
  for (const { digest } of staying) await mark(layout, digest, reached);
  const swept = await unreached(layout, reached, isOld);
  if (options.dryRun !== true) {
    await check();
    if (leaving.length > 0) await writeIndex(layout, staying);
    await removeFiles([...swept.map(({ file }) => file), ...(await leftovers(layout, isOld))], check);
  }
  return { images: leaving.map(entryName).toSorted(), bytes: swept.reduce((sum, { size }) => sum + size, 0) };
}

type AgeTest = (file: string) => Promise<boolean>;

/** Whether a file is older than the grace; one that is gone is. */
function ageTest({ now, graceMs = 60 * 60 * 1000 }: RemovalOptions): AgeTest {
  return async (file) => {
    const stats = await statOrGone(file);
    return stats === undefined || now - stats.mtimeMs >= graceMs;
  };
}

/** Adds a manifest, and all that it reaches, to `reached`; an index reaches manifests. */
async function mark(layout: string, digest: string, reached: Set<string>): Promise<void> {
  if (reached.has(digest)) return;
  reached.add(digest);
  const { manifests, blobs } = await readLinks(blobPath(layout, digest));
  for (const blob of blobs) reached.add(blob.digest);
  for (const manifest of manifests) await mark(layout, manifest.digest, reached);
}

/** Old blobs outside of `reached`. */
async function unreached(
  layout: string,
  reached: ReadonlySet<string>,
  isOld: AgeTest,
): Promise<{ file: string; size: number }[]> {
  const found: { file: string; size: number }[] = [];
  for (const file of await listFiles(blobDirectory(layout))) {
    const digest = `sha256:${file.slice(-64)}`;
    if (reached.has(digest) || !(await isOld(file))) continue;
    found.push({ file, size: (await statOrGone(file))?.size ?? 0 });
  }
  return found;
}

/** Old files of killed processes. */
async function leftovers(layout: string, isOld: AgeTest): Promise<string[]> {
  const staged = await listFiles(stagingDirectory(layout));
  const locks = (await listFiles(layout)).filter((file) => file.includes('index.lock.'));
  const old: string[] = [];
  for (const file of [...staged, ...locks]) if (await isOld(file)) old.push(file);
  return old;
}

async function removeFiles(files: readonly string[], check: () => Promise<void>): Promise<void> {
  for (const file of files) {
    await check();
    await rm(file, { force: true }).catch((error: unknown) => {
      throw fileSystemError(error, 'remove an image', file);
    });
  }
}

async function listFiles(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).map((name) => join(directory, name));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw fileSystemError(error, 'list the image store', directory);
  }
}

async function statOrGone(file: string): Promise<{ mtimeMs: number; size: number } | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw fileSystemError(error, 'read the image store', file);
  }
}
