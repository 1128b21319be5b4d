// Writes files of a commit into a directory, byte for byte as git has them: no filters, attributes or line endings.
import { createWriteStream } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FoxError } from '../core/errors.ts';
import { git, spawnGit } from './git.ts';

interface Entry {
  readonly mode: string;
  readonly id: string;
  readonly path: string;
}

/**
 * Writes what a commit or tree has at `paths` (relative to the repository's root; `''`: all) below `into`,
 * at its place in the repository. Modes are 644 or 755; symbolic links stay links.
 * @throws FoxError CONFIG_INVALID for submodules, whose content this repository doesn't have.
 */
export async function exportTree(root: string, treeish: string, paths: readonly string[], into: string): Promise<void> {
  const entries = await listEntries(root, treeish, paths);
  const submodule = entries.find(({ mode }) => mode === '160000');
  if (submodule !== undefined) {
    throw new FoxError('CONFIG_INVALID', `${submodule.path} is a git submodule: its content isn't part of this repository`, {
      hints: ['Vendor what the component needs, or leave the submodule out of its path and shared paths.'],
    });
  }
  const batch = spawnGit(root, ['cat-file', '--batch', '--buffer']);
  const failed = new Promise<never>((_, reject) => batch.on('error', reject));
  failed.catch(() => undefined);
  // Broken pipes show as a truncated output below.
  batch.stdin.on('error', () => undefined);
  batch.stdin.end(entries.map(({ id }) => `${id}\n`).join(''));
  try {
    await Promise.race([writeEntries(new ByteReader(batch.stdout), entries, into), failed]);
  } finally {
    batch.kill();
  }
}

async function listEntries(root: string, treeish: string, paths: readonly string[]): Promise<Entry[]> {
  const out = await git(root, ['ls-tree', '-r', '-z', '--full-tree', treeish, '--', ...paths.filter((path) => path !== '')]);
  const all = out.split('\0').filter((line) => line !== '');
  return all.map((line) => {
    const tab = line.indexOf('\t');
    const [mode = '', , id = ''] = line.slice(0, tab).split(' ');
    return { mode, id, path: line.slice(tab + 1) };
  });
}

async function writeEntries(reader: ByteReader, entries: readonly Entry[], into: string): Promise<void> {
  const made = new Set<string>();
  for (const { mode, path } of entries) {
    const target = join(into, path);
    const directory = dirname(target);
    if (!made.has(directory)) await mkdir(directory, { recursive: true });
    made.add(directory);
    const size = Number((await reader.line()).split(' ')[2]);
    if (!Number.isInteger(size)) throw new FoxError('GIT_NOT_READY', `git can't read ${path}: an object is missing`);
    if (mode === '120000') {
      const chunks: Buffer[] = [];
      for await (const chunk of reader.bytes(size)) chunks.push(chunk);
      await symlink(Buffer.concat(chunks).toString('utf8'), target);
    } else {
      await pipeline(reader.bytes(size), createWriteStream(target, { mode: mode === '100755' ? 0o755 : 0o644 }));
    }
    await reader.line();
  }
}

/** Takes lines and counted bytes off a stream. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    // Node throws away what a child's stream still holds when the child exits, unless somebody listens already.
    stream.on('readable', () => undefined);
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async line(): Promise<string> {
    let end = this.#rest.indexOf(0x0a);
    while (end < 0) {
      this.#rest = Buffer.concat([this.#rest, await this.#next()]);
      end = this.#rest.indexOf(0x0a);
    }
    const line = this.#rest.toString('utf8', 0, end);
    this.#rest = this.#rest.subarray(end + 1);
    return line;
  }

  async *bytes(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      if (this.#rest.length === 0) this.#rest = await this.#next();
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async #next(): Promise<Buffer> {
    const { value, done } = await this.#chunks.next();
    if (done === true) throw new FoxError('GIT_NOT_READY', 'git ended before it had delivered all files');
    return value;
  }
}
