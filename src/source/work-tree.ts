// The work tree beside the commit: what is not committed, and a tree object of it for dirty builds.
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { git } from './git.ts';

/**
 * Files under `paths` with uncommitted or untracked (and not ignored) content, relative to the root.
 * @param paths relative to the repository's root; `''` means all of it.
 */
export async function dirtyFiles(root: string, paths: readonly string[]): Promise<string[]> {
  const out = await git(root, ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames', '--', ...pathspecs(paths)]);
  return out.split('\0').filter((entry) => entry !== '').map((entry) => entry.slice(3));
}

/**
 * Writes a tree object of the commit's content with the work tree's content of `paths` over it, by way of a
 * temporary index: neither the user's index nor any file changes. Returns the tree's id.
 */
export async function writeWorkTree(root: string, paths: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-index-'));
  const index = join(directory, 'index');
  try {
    const own = (await git(root, ['rev-parse', '--git-path', 'index'])).trim();
    // Copying the index keeps what git knows of unchanged files; a repository may have none yet.
    await copyFile(isAbsolute(own) ? own : join(root, own), index).catch(ignoreMissing);
    const there = paths.filter((path) => existsSync(join(root, path)));
    const gone = paths.filter((path) => !there.includes(path));
    // `git add` refuses a path that exists nowhere; one that was removed must leave the index.
    if (there.length > 0) await git(root, ['add', '--all', '--', ...pathspecs(there)], { GIT_INDEX_FILE: index });
    if (gone.length > 0) await git(root, ['rm', '--cached', '-r', '-q', '--ignore-unmatch', '--', ...gone], { GIT_INDEX_FILE: index });
    return (await git(root, ['write-tree'], { GIT_INDEX_FILE: index })).trim();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The root itself as a path is `.`, as git wants no empty one. */
function pathspecs(paths: readonly string[]): string[] {
  return paths.map((path) => (path === '' ? '.' : path));
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
