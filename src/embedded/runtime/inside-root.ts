// Follows paths inside a directory as if it were the root of the file system, so that nothing can lead out of it.
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A path or link leads out of the directory. */
export class Escape extends Error {
  override readonly name = 'Escape';
}

const linkLimit = 40;

/**
 * Where `path` (absolute ones start at `root`) really is: every link on the way is followed inside `root`; parts that
 * don't exist are taken as they are. `from` is the directory, relative to `root`, at which a relative path starts.
 * @throws Escape when `..` climbs above `root`, or links go round in circles.
 */
export async function resolveInside(root: string, path: string, from = ''): Promise<string> {
  const done = path.startsWith('/') ? [] : split(from);
  const waiting = split(path).toReversed();
  for (let links = 0; waiting.length > 0;) {
    const part = waiting.pop();
    if (part === undefined) break;
    if (part === '..') {
      if (done.length === 0) throw new Escape(`${path} leads out of the image`);
      done.pop();
      continue;
    }
    const target = await linkTarget(join(root, ...done, part));
    if (target === undefined) {
      done.push(part);
      continue;
    }
    if (++links > linkLimit) throw new Escape(`${path} follows too many links`);
    if (target.startsWith('/')) done.length = 0;
    waiting.push(...split(target).toReversed());
  }
  return join(root, ...done);
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

async function linkTarget(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isSymbolicLink() === true ? readlink(path) : undefined;
}
