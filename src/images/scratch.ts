// A build's directory for scratch files: made for it alone, removed with all that is in it.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSystemError, hasCode } from '../core/file-system-error.ts';
import { ownProcess, hasEnded } from './scratch-owner.ts';

const prefix = 'fox-build-';

/** File in a scratch directory that says whose it is. */
const ownerFile = '.owner.json';

/** Where its owner can't be seen (another container's), a scratch directory older than this was left behind. */
const staleAfterMs = 24 * 60 * 60 * 1000;

/** Makes an empty directory, private to the user, in `parent`, which is made if it is missing. */
export async function makeScratch(parent: string): Promise<string> {
  try {
    await mkdir(parent, { recursive: true });
    const dir = await mkdtemp(join(parent, prefix));
    await writeFile(join(dir, ownerFile), JSON.stringify(ownProcess()));
    return dir;
  } catch (error) {
    throw fileSystemError(error, 'make a directory to build in', parent);
  }
}

/** Removes a directory with everything in it, also where a build has made directories read-only. */
export async function removeScratch(dir: string): Promise<void> {
  try {
    await rm(dir, { recursive: true, force: true });
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM', 'ENOTEMPTY')) throw fileSystemError(error, 'remove', dir);
    await makeDirectoriesWritable(dir);
    await rm(dir, { recursive: true, force: true });
  }
}

/** Removes the user's own scratch directories that killed builds have left in `parent`; `now` in milliseconds. */
export async function removeStaleScratch(parent: string, now: number): Promise<void> {
  for (const name of await listScratch(parent)) {
    const dir = join(parent, name);
    // Undefined: its own build, or another process that cleans up, has just removed it.
    const stats = await stat(dir).catch(() => undefined);
    const isOwn = stats !== undefined && stats.uid === (process.getuid?.() ?? stats.uid);
    if (!isOwn || (now - stats.mtimeMs <= staleAfterMs && !(await isAbandoned(dir)))) continue;
    // A command that the killed build had started may still write there: the next build tries again.
    await removeScratch(dir).catch(() => undefined);
  }
}

/** The process that made it has ended without removing it. */
async function isAbandoned(dir: string): Promise<boolean> {
  const owner = await readFile(join(dir, ownerFile), 'utf8').catch(() => '');
  return hasEnded(owner);
}

async function listScratch(parent: string): Promise<string[]> {
  try {
    return (await readdir(parent)).filter((name) => name.startsWith(prefix));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw fileSystemError(error, 'list the scratch directory', parent);
  }
}

async function makeDirectoriesWritable(dir: string): Promise<void> {
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeDirectoriesWritable(join(dir, entry.name));
  }
}
