// The work tree beside the commit: what is not committed, and a tree object of it for dirty builds.
import { copyFile, lstat, mkdtemp, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FoxError } from '../core/errors.ts';
import { fileSystemError, hasCode } from '../core/file-system-error.ts';
import { git, gitOutput, whatGitSaid } from './git.ts';

/**
 * Files under `paths` with uncommitted or untracked (and not ignored) content, relative to the root.
 * @param paths relative to the repository's root; `''` means all of it.
 */
export async function dirtyFiles(root: string, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return [];
  const status = ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames'];
  const out = await gitOutput(root, [...status, '--', ...pathspecs(paths)]);
  return out
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => entry.slice(3));
}

/**
 * Writes a tree object of the commit's content with the work tree's content of `paths` over it, by way of a
 * temporary index: neither the user's index nor any file changes. Returns the tree's id.
 * @throws FoxError GIT_NOT_READY while a merge has conflicts.
 */
export async function writeWorkTree(root: string, paths: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-index-')).catch((error: unknown) => {
    throw fileSystemError(error, 'make a temporary directory', tmpdir());
  });
  const own = { GIT_INDEX_FILE: join(directory, 'index') };
  try {
    await copyIndex(root, own.GIT_INDEX_FILE);
    const known = await knownPaths(root, paths, own);
    if (known.length > 0) await git(root, ['add', '--all', '--sparse', '--', ...pathspecs(known)], own);
    return (await git(root, ['write-tree'], own)).trim();
  } catch (error) {
    throw /unmerged/.test(whatGitSaid(error) ?? '') ? unmerged(error) : error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Copying the index keeps what git knows of unchanged files; a repository may have none yet. */
async function copyIndex(root: string, to: string): Promise<void> {
  const from = resolve(root, (await git(root, ['rev-parse', '--git-path', 'index'])).replace(/\n$/, ''));
  try {
    const { atime, mtime } = await stat(from);
    await copyFile(from, to);
    // By its time git sees which files may have changed right after they were added, in the same tick of the clock.
    await utimes(to, atime, mtime);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw fileSystemError(error, "copy git's index", from);
  }
}

/**
 * Paths at which the work tree or the index has something: `git add` refuses any other. What a sparse checkout leaves out
 * is neither changed nor gone.
 */
async function knownPaths(
  root: string,
  paths: readonly string[],
  own: Record<string, string>,
): Promise<string[]> {
  const exist = await Promise.all(paths.map((path) => exists(join(root, path))));
  const gone = paths.filter((_, index) => exist[index] === false);
  const listed = gone.length === 0 ? '' : await git(root, ['ls-files', '-t', '-z', '--', ...gone], own);
  const files = listed
    .split('\0')
    .filter((line) => !line.startsWith('S '))
    .map((line) => line.slice(2));
  const wasThere = (path: string) => files.some((file) => file === path || file.startsWith(`${path}/`));
  return paths.filter((path, index) => exist[index] === true || wasThere(path));
}

/** Whether anything is at a path, be it a link that leads nowhere. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
      throw fileSystemError(error, 'read', path);
    },
  );
}

/** The root itself as a path is `.`, as git wants no empty one. */
function pathspecs(paths: readonly string[]): string[] {
  return paths.map((path) => (path === '' ? '.' : path));
}

function unmerged(error: unknown): FoxError {
  return new FoxError('GIT_NOT_READY', 'files of the work tree have conflicts that are not resolved', {
    details: (whatGitSaid(error) ?? '').split('\n'),
    hints: ['Resolve them and `git add` them, or end the merge: `git status` shows how.'],
    cause: error,
  });
}
