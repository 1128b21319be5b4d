// What fox finds on this machine: Node, git, and a directory for its own state.
import { access, constants, mkdtemp, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FoxError } from '../../core/errors.ts';
import { fileSystemError } from '../../core/file-system-error.ts';
import { gitVersion } from '../../source/git-version.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** What package.json asks for; kept equal by a test. */
export const leastNode = [20, 19] as const;

/** The oldest git that fox is known to work with. */
const leastGit = [2, 36] as const;

/** Free space in bytes below which a warning is due, and below which nothing goes. */
const space = { little: 1024 ** 3, none: 32 * 1024 ** 2 };

export function checkNode(version = process.version): Finding {
  if (isAtLeast(version, leastNode)) return ok('node', version);
  const wanted = leastNode.join('.');
  return problem('node', `${version} is too old`, `Install Node ${wanted} or later: https://nodejs.org.`);
}

/** @throws FoxError GIT_NOT_READY if it can't be run. */
export async function checkGit(cwd: string): Promise<Finding> {
  const version = await gitVersion(cwd);
  if (isAtLeast(version, leastGit)) return ok('git', version);
  return problem('git', `${version} is too old`, `Install git ${leastGit.join('.')} or later.`);
}

/**
 * Whether fox can keep its state: images that it builds, what it remembers, the embedded cluster. Makes no home where
 * there is none yet.
 * @throws FoxError FILE_SYSTEM naming what can't be written.
 */
export async function checkHome(home: string): Promise<Finding> {
  const place = await nearestDirectory(home);
  if (place === home) await tryToWrite(home);
  else await mayMakeDirectoryIn(place);
  const { bavail, bsize } = await statfs(place);
  return judgeSpace(home, bavail * bsize);
}

/** Whether `free` bytes are enough. */
export function judgeSpace(home: string, free: number): Finding {
  const detail = `${home}, ${gibibytes(free)} free`;
  const fix = 'Make room on its disk, or move it: `export FOX_HOME=/path/with/room`.';
  if (free < space.none) return problem('home', detail, fix);
  return free < space.little ? warning('home', detail, fix) : ok('home', detail);
}

async function nearestDirectory(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true || dirname(path) === path) return path;
  if (found === undefined) return nearestDirectory(dirname(path));
  throw new FoxError('FILE_SYSTEM', `${path} is in the way of fox's state: it is not a directory`, {
    hints: ['Move it away, or choose another place: `export FOX_HOME=/path`.'],
  });
}

async function tryToWrite(home: string): Promise<void> {
  try {
    const directory = await mkdtemp(join(home, 'doctor-'));
    try {
      await writeFile(join(directory, 'probe'), 'x');
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  } catch (error) {
    throw fileSystemError(error, "write to the directory of fox's state", home);
  }
}

async function mayMakeDirectoryIn(directory: string): Promise<void> {
  try {
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fileSystemError(error, "make the directory of fox's state in", directory);
  }
}

function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

/** Whether a text's first version number is that or a later one. */
function isAtLeast(text: string, [major, minor]: readonly [number, number]): boolean {
  const [, foundMajor, foundMinor] = /(\d+)\.(\d+)/.exec(text) ?? [];
  const found = [Number(foundMajor), Number(foundMinor)] as const;
  return found[0] > major || (found[0] === major && found[1] >= minor);
}
