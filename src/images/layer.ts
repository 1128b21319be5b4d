// Writes a directory as an image layer that depends on nothing but its content, in a stream.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Header, type Pack, pack } from 'tar-stream';
import { FoxError } from '../core/errors.ts';
import { fileSystemError } from '../core/file-system-error.ts';
import { type LayerFile, mediaType } from './image.ts';

/** Directory of images below which the repository's files lie. */
export const imageRoot = 'app';

/** The time of every file in an image: the earliest that zip files can hold. Seconds since 1970. */
export const fixedTime = 315_532_800;

/** Files up to this size are read at once, larger ones in pieces. Bytes. */
const readAtOnce = 256 * 1024;

/** What of a tree belongs to a layer; directories are given relative to its root. */
export type LayerPart =
  /** These with all that is in them, and the directories on the way to them. */
  { readonly only: readonly string[] } | { readonly without: readonly string[] };

/**
 * Writes everything below `root`, or a part of it, as the tar `file`, at `/app`: sorted, owned by 0:0, one fixed time, modes 755 and 644.
 * It is flushed to disk. Memory use doesn't grow with the tree.
 * @throws FoxError BUILD_FAILED for what a layer can't hold, FILE_SYSTEM.
 */
export async function writeLayer(
  root: string,
  file: string,
  signal: AbortSignal,
  part: LayerPart = { without: [] },
): Promise<LayerFile> {
  const tar = pack();
  const hash = createHash('sha256');
  let size = 0;
  async function* measured(): AsyncGenerator<Uint8Array> {
    for await (const chunk of tar) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('a tar stream consists of bytes');
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  const output = createWriteStream(file, { flags: 'wx', flush: true, highWaterMark: 1024 * 1024 });
  const written = pipeline(measured, output, { signal });
  const packed = addTree(tar, root, part, signal).catch((error: unknown) => {
    const failure = fileSystemError(error, 'read', root);
    tar.destroy(failure instanceof Error ? failure : new Error(String(failure)));
    throw failure;
  });
  const [packing, writing] = await Promise.allSettled([packed, written]);
  // A failure of either side ends the other one, too; the writer's error is the cause or the same.
  if (writing.status === 'rejected') throw fileSystemError(writing.reason, 'write the image layer', file);
  if (packing.status === 'rejected') throw packing.reason;
  return { mediaType: mediaType.layer, digest: `sha256:${hash.digest('hex')}`, size, file };
}

async function addTree(tar: Pack, root: string, part: LayerPart, signal: AbortSignal): Promise<void> {
  for await (const found of walk(root, imageRoot, belongsTo(part))) {
    signal.throwIfAborted();
    await addEntry(tar, found);
  }
  tar.finalize();
}

interface Found {
  readonly file: string;
  readonly name: string;
  readonly stats: Stats;
}

/** Tells by its name in the image whether a file or directory belongs to a part. */
function belongsTo(part: LayerPart): (name: string) => boolean {
  if ('without' in part) {
    const left = new Set(part.without.map(nameInImage));
    return (name) => !left.has(name);
  }
  const only = part.only.map(nameInImage);
  return (name) => only.some((each) => isWithin(name, each) || isWithin(each, name));
}

function nameInImage(path: string): string {
  return `${imageRoot}/${path}`;
}

/** Whether a path is another one or below it. */
function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}

/** A directory and what is below it that belongs, each directory before its content, names in the order of their code units. */
async function* walk(file: string, name: string, belongs: (name: string) => boolean): AsyncGenerator<Found> {
  const stats = await lstat(file);
  yield { file, name, stats };
  if (!stats.isDirectory()) return;
  const children = await readdir(file);
  for (const child of children.toSorted()) {
    if (child.includes('\uFFFD')) throw refusal(`${name}/${child}`, 'its name is not valid UTF-8');
    // Layers use such names to say that a file of a lower layer is gone.
    if (child.startsWith('.wh.'))
      throw refusal(`${name}/${child}`, 'names that begin with ".wh." have a meaning of their own there');
    if (belongs(`${name}/${child}`)) yield* walk(join(file, child), `${name}/${child}`, belongs);
  }
}

async function addEntry(tar: Pack, { file, name, stats }: Found): Promise<void> {
  const common = { uid: 0, gid: 0, mtime: new Date(fixedTime * 1000) };
  if (stats.isDirectory())
    return addHeader(tar, { ...common, name: `${name}/`, type: 'directory', mode: 0o755 });
  if (stats.isSymbolicLink()) {
    const linkname = await readlink(file);
    if (linkname.includes('\uFFFD')) throw refusal(name, 'it points to a name that is not valid UTF-8');
    return addHeader(tar, { ...common, name, type: 'symlink', mode: 0o777, linkname });
  }
  if (!stats.isFile()) throw refusal(name, 'it is neither a file nor a directory nor a symlink');
  return addFile(
    tar,
    { ...common, name, type: 'file', mode: normalMode(stats.mode), size: stats.size },
    file,
  );
}

type EntryHeader = Partial<Header> & Pick<Header, 'name'>;

function addHeader(tar: Pack, header: EntryHeader, content?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    if (content === undefined) tar.entry(header, done);
    else tar.entry(header, content, done);
  });
}

async function addFile(tar: Pack, header: EntryHeader & { size: number }, file: string): Promise<void> {
  if (header.size <= readAtOnce) return addHeader(tar, header, await readFile(file));
  const source = createReadStream(file, { end: header.size - 1, highWaterMark: readAtOnce });
  await new Promise<void>((resolve, reject) => {
    const sink = tar.entry(header, (error) => (error ? reject(error) : resolve()));
    sink.on('drain', () => source.resume());
    sink.on('close', () => source.destroy());
    source.on('data', (chunk) => {
      if (!sink.write(chunk)) source.pause();
    });
    source.on('end', () => sink.end(null));
    source.on('error', (error) => sink.destroy(error));
  });
}

/** 755 for what its owner may execute, else 644. */
function normalMode(mode: number): number {
  return (mode & 0o100) === 0 ? 0o644 : 0o755;
}

function refusal(name: string, why: string): FoxError {
  return new FoxError('BUILD_FAILED', `/${name} can't be stored in an image: ${why}`);
}
