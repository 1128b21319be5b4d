// Unpacks the layers of an image into a directory: files, directories, links and whiteouts, nothing outside of it.
import { createWriteStream } from 'node:fs';
import { chmod, link, lstat, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Image, ImageProblem } from './image-layout.ts';
import { Escape, resolveInside } from './inside-root.ts';
import { forEachEntry, type LayerEntry } from './layer-entries.ts';

const whiteout = '.wh.';
const opaqueWhiteout = '.wh..wh..opq';

/** Unpacks all of an image's layers into the empty directory `root`. @throws ImageProblem */
export async function unpackImage(layout: string, image: Image, root: string): Promise<void> {
  const links = new Map<string, string>();
  for (const layer of image.layers) {
    await forEachEntry(layout, layer, (entry, broken) => unpackEntry(entry, root, links, broken));
  }
  await mkdirInside(root, image.settings.workingDir);
  for (const [path, target] of links) {
    // Looked at last: what a link leads to depends on links that come later.
    await refuseEscape(path, () => resolveInside(root, target, dirname(path)));
  }
}

/** Makes a directory of the image, and gives its path outside. @throws ImageProblem when it leads out of the image. */
export async function mkdirInside(root: string, path: string): Promise<string> {
  const real = await refuseEscape(path, () => resolveInside(root, path));
  await mkdir(real, { recursive: true });
  return real;
}

async function unpackEntry(
  entry: LayerEntry,
  root: string,
  links: Map<string, string>,
  broken: AbortSignal,
): Promise<void> {
  const { name, type, mode, linkname } = entry.header;
  const parent = await refuseEscape(name, () => resolveInside(root, dirname(`/${name}`)));
  const base = basename(name.replace(/\/+$/, ''));
  if (base === '..') throw new ImageProblem(`${name} leads out of the image`);
  if (base === '.' || base === '') return;
  const path = join(parent, base);
  if (base === opaqueWhiteout) return empty(parent);
  if (base.startsWith(whiteout))
    return rm(join(parent, plainName(base, name)), { recursive: true, force: true });
  await mkdir(parent, { recursive: true });
  links.delete(relative(root, path));
  if (type === 'directory') return unpackDirectory(path, mode);
  await rm(path, { recursive: true, force: true });
  if (type === 'file' || type === 'contiguous-file') return unpackFile(entry, path, mode, broken);
  if (type === 'symlink') {
    // An absolute target means the image's root, which for a process on this machine is elsewhere.
    const target = linkname ?? '';
    links.set(relative(root, path), target);
    return symlink(target.startsWith('/') ? relative(parent, join(root, target)) || '.' : target, path);
  }
  if (type === 'link')
    return link(await refuseEscape(name, () => resolveInside(root, `/${linkname ?? ''}`)), path);
  throw new ImageProblem(`${name} is a ${type ?? 'special file'}, which the embedded cluster can't unpack`);
}

async function unpackDirectory(path: string, mode: number): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there !== undefined && !there.isDirectory()) await rm(path);
  await mkdir(path, { recursive: true });
  // The owner must be able to fill it now and to remove it later.
  await chmod(path, (mode & 0o777) | 0o700);
}

async function unpackFile(entry: LayerEntry, path: string, mode: number, broken: AbortSignal): Promise<void> {
  await pipeline(entry, createWriteStream(path, { flags: 'wx' }), { signal: broken });
  // Not through open(): the umask would take bits away. Set-uid has no meaning here.
  await chmod(path, mode & 0o777);
}

async function empty(dir: string): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  for (const name of names) await rm(join(dir, name), { recursive: true, force: true });
}

function plainName(base: string, name: string): string {
  const plain = base.slice(whiteout.length);
  if (plain === '' || plain === '.' || plain === '..')
    throw new ImageProblem(`${name} leads out of the image`);
  return plain;
}

async function refuseEscape<T>(name: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof Escape) throw new ImageProblem(`${name}: ${cause.message}`, { cause });
    throw cause;
  }
}
