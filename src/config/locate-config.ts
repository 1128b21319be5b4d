// Finds the config file: by cosmiconfig, from a directory up to the repository's root.
import { statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { FoxError } from '../core/errors.ts';

/** File names that can hold a config, in the order of preference. */
export const configFileNames = ['fox.config.yaml', 'fox.config.yml', 'fox.config.json', 'package.json'];

/** The name that most configs have. */
const usualName = 'fox.config.yaml';

/** Key that holds the config in package.json. */
const packageKey = 'fox';

/** A config file's place in the repository. */
export interface ConfigLocation {
  /** Path relative to the repository's root, with `/`. */
  readonly file: string;
  /** Its directory, likewise; `''` is the root. */
  readonly directory: string;
  /** Key that holds the config, in package.json. */
  readonly key?: string;
}

/**
 * The config nearest to `directory`, looking upwards and no further than `root` (both absolute; `root` without links).
 * Only the place is of interest: the content is read from git.
 * @throws FoxError CONFIG_INVALID if there is none.
 */
export async function locateConfig(directory: string, root: string): Promise<ConfigLocation> {
  // Git tells the root without symbolic links; only then can one see whether something is below it.
  const start = await realpath(directory).catch((cause: unknown) => {
    throw noConfig(directory, cause);
  });
  if (!isWithin(start, root)) {
    throw new FoxError('CONFIG_INVALID', `${directory} is not in the repository ${root}`);
  }
  const found = await search(start, root).catch((cause: unknown) => {
    throw unreadableIn(root, cause) ?? noConfig(directory, cause);
  });
  // Beyond the root cosmiconfig goes on to the user's home, which says nothing of this repository.
  if (found === undefined || !isWithin(found, root)) throw noConfig(directory);
  return locationOf(relative(root, found).split(sep).join('/'));
}

/** The location for a path relative to the repository's root. */
export function locationOf(file: string): ConfigLocation {
  const slash = file.lastIndexOf('/');
  const directory = slash < 0 ? '' : file.slice(0, slash);
  return posix.basename(file) === 'package.json' ? { file, directory, key: packageKey } : { file, directory };
}

/** Path of the nearest file that holds a config. An empty one counts: it is told what it lacks. */
async function search(start: string, root: string): Promise<string | undefined> {
  // Where a search would end at its first look, it needs no searcher to be loaded.
  const usual = join(start, usualName);
  if (statSync(usual, { throwIfNoEntry: false })?.isFile() === true) return usual;
  const { searchUpwards } = await import('./search-config.ts');
  return searchUpwards(start, root, { files: configFileNames, packageKey });
}

/**
 * cosmiconfig reads package.json and .config/ of the current directory for options of its own, and fails where one of
 * them is broken. Files outside of the repository don't matter here.
 */
function unreadableIn(root: string, cause: unknown): FoxError | undefined {
  if (!(cause instanceof Error) || !('filepath' in cause) || typeof cause.filepath !== 'string')
    return undefined;
  if (!isWithin(cause.filepath, root)) return undefined;
  const lines = cause.message.split('\n').filter((line) => line.trim() !== '');
  return new FoxError('CONFIG_INVALID', `${cause.filepath} can't be read, and may hold a config`, {
    details: lines.slice(0, 10),
    hints: ['Mend the file, or run fox in another directory of the repository.'],
    cause,
  });
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}

function noConfig(directory: string, cause?: unknown): FoxError {
  const reason = cause instanceof Error ? [cause.message] : [];
  return new FoxError('CONFIG_INVALID', `no fox.config.yaml in ${directory} or a directory above it`, {
    details: reason,
    hints: [
      '`fox init` writes a small app to start from.',
      'Name another directory: `fox --app <directory> …`.',
    ],
    cause,
  });
}
