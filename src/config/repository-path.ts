// Paths in a config are relative to its file; everything else in fox is relative to the repository's root.
import { posix } from 'node:path';

/** Why a config's path can't be one, as a sentence without its subject; undefined if it can. */
export function pathProblem(directory: string, path: string): string | undefined {
  if (path === '') return 'must not be empty; the directory of this file is "."';
  if (posix.isAbsolute(path)) return `must be relative to this file, not absolute ("${path}")`;
  if (path.includes('\\')) return `must have "/" between directories, not "\\" ("${path}")`;
  if (/\p{Cc}/u.test(path)) return 'must not contain control characters';
  const from = posix.normalize(posix.join(directory, path));
  return from === '..' || from.startsWith('../') ? `leads out of the repository ("${path}")` : undefined;
}

/**
 * A config's path, relative to the repository's root, without leading `./` or trailing `/` (`''`: the root itself).
 * `directory` is that of the config, likewise; the path has no {@link pathProblem}.
 */
export function repositoryPath(directory: string, path: string): string {
  return posix.join('/', directory, path).replace(/^\/|\/$/g, '');
}
