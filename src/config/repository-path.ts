// Paths in a config are relative to its file; everything else in fox is relative to the repository's root.
import { posix } from 'node:path';

/**
 * A config's path, relative to the repository's root, without leading `./` or trailing `/` (`''`: the root itself).
 * Undefined when it leads out of the repository.
 */
export function repositoryPath(directory: string, path: string): string | undefined {
  if (posix.isAbsolute(path) || /[\0\n\\]/.test(path)) return undefined;
  const joined = posix.normalize(posix.join('/', directory, path));
  const escapes = posix.normalize(posix.join(directory, path)).startsWith('..');
  return escapes ? undefined : joined.replace(/^\/|\/$/g, '');
}
