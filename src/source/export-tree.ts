// Writes files of a commit into a directory, byte for byte as git has them: no filters, attributes or line endings.
import { createWriteStream } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FoxError } from '../core/errors.ts';
import { fileSystemError } from '../core/file-system-error.ts';
import { ByteReader } from './byte-reader.ts';
import { git, spawnGit } from './git.ts';

interface Entry {
  readonly mode: string;
  readonly id: string;
  readonly path: string;
}

/**
 * Writes what a commit or tree has at `paths` (relative to the repository's root; `''`: all) below `into`,
 * at its place in the repository. Files are executable or not, as git says; symbolic links stay links.
 * @throws FoxError CONFIG_INVALID for what can't be written: submodules, whose content this repository doesn't have, and
 *   names that are not UTF-8. FILE_SYSTEM if something can't be written. GIT_NOT_READY if git can't deliver it.
 */
export async function exportTree(
  root: string,
  treeish: string,
  paths: readonly string[],
  into: string,
  signal?: AbortSignal,
): Promise<void> {
  const entries = await listEntries(root, treeish, paths);
  for (const entry of entries) refuseUnwritable(entry);
  signal?.throwIfAborted();
  const batch = spawnGit(root, ['cat-file', '--batch', '--buffer']);
  const abort = () => batch.kill();
  signal?.addEventListener('abort', abort);
  const failed = new Promise<never>((_, reject) => batch.on('error', reject));
  failed.catch(() => undefined);
  // A broken pipe shows as a truncated output below.
  batch.stdin.on('error', () => undefined);
  batch.stderr.resume();
  batch.stdin.end(entries.map(({ id }) => `${id}\n`).join(''));
  try {
    await Promise.race([writeEntries(new ByteReader(batch.stdout), entries, into), failed]);
  } catch (error) {
    signal?.throwIfAborted();
    throw fileSystemError(error, 'write files of the commit', into);
  } finally {
    signal?.removeEventListener('abort', abort);
    batch.kill();
  }
}

async function listEntries(root: string, treeish: string, paths: readonly string[]): Promise<Entry[]> {
  if (paths.length === 0) return [];
  const wanted = paths.includes('') ? [] : paths;
  const out = await git(root, ['ls-tree', '-r', '-z', '--full-tree', treeish, '--', ...wanted]);
  const all = out.split('\0').filter((line) => line !== '');
  return all.map((line) => {
    const tab = line.indexOf('\t');
    const [mode = '', , id = ''] = line.slice(0, tab).split(' ');
    return { mode, id, path: line.slice(tab + 1) };
  });
}

function refuseUnwritable({ mode, path }: Entry): void {
  if (mode === '160000') {
    throw new FoxError(
      'CONFIG_INVALID',
      `${path} is a git submodule: its content isn't part of this repository`,
      {
        hints: ['Vendor what the component needs, or leave the submodule out of its path and shared paths.'],
      },
    );
  }
  // What decodes UTF-8 puts this character where the bytes were something else.
  if (path.includes('\uFFFD')) {
    throw new FoxError('CONFIG_INVALID', `the name of the file ${path} is not UTF-8`, {
      hints: ['Rename it: not every system that an image is used on can have such a name.'],
    });
  }
  // git itself makes no such trees, but reads them.
  if (path.split('/').some((part) => ['', '.', '..', '.git'].includes(part.toLowerCase()))) {
    throw new FoxError(
      'CONFIG_INVALID',
      `${JSON.stringify(path)} is no name that a file of a commit may have`,
    );
  }
}

async function writeEntries(reader: ByteReader, entries: readonly Entry[], into: string): Promise<void> {
  const made = new Set<string>();
  const links: [target: string, path: string][] = [];
  for (const { mode, path } of entries) {
    const file = join(into, path);
    if (!made.has(dirname(file))) await mkdir(dirname(file), { recursive: true });
    made.add(dirname(file));
    const size = Number((await reader.line())?.split(' ')[2]);
    if (!Number.isInteger(size)) throw incomplete(path);
    const content = counted(reader, size, path);
    if (mode === '120000') links.push([await text(content), file]);
    else
      await pipeline(
        content,
        createWriteStream(file, { flags: 'wx', mode: mode === '100755' ? 0o755 : 0o644 }),
      );
    await reader.line();
  }
  // Links come last, so that nothing is ever written through one.
  for (const [target, path] of links) await symlink(target, path);
}

async function text(content: AsyncIterable<Buffer>): Promise<string> {
  return Buffer.concat(await Readable.from(content).toArray()).toString('utf8');
}

async function* counted(reader: ByteReader, size: number, path: string): AsyncGenerator<Buffer> {
  let seen = 0;
  for await (const chunk of reader.bytes(size)) {
    seen += chunk.length;
    yield chunk;
  }
  if (seen < size) throw incomplete(path);
}

function incomplete(path: string): FoxError {
  return new FoxError('GIT_NOT_READY', `git can't read ${path}: an object is missing or damaged`, {
    hints: [
      '`git fsck` names what is wrong; in a partial clone, `git fetch --refetch` brings what is missing.',
    ],
  });
}
