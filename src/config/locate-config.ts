// Finds the config file: by cosmiconfig, from a directory up to the repository's root.
import { relative, sep } from 'node:path';
import { cosmiconfig } from 'cosmiconfig';
import { FoxError } from '../core/errors.ts';

/** File names that can hold a config, in the order of preference. */
export const configFileNames = ['fox.config.yaml', 'fox.config.yml', 'fox.config.json', 'package.json'];

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
 * The config nearest to `directory`, looking upwards and no further than `root` (both absolute).
 * Only the place is of interest: the content is read from git.
 * @throws FoxError CONFIG_INVALID if there is none.
 */
export async function locateConfig(directory: string, root: string): Promise<ConfigLocation> {
  const raw = (_file: string, content: string): unknown => content;
  const explorer = cosmiconfig('fox', {
    searchPlaces: configFileNames,
    stopDir: root,
    loaders: { '.yaml': raw, '.yml': raw, '.json': raw },
    transform: (result) => (result === null || !holdsConfig(result.filepath, String(result.config)) ? null : result),
  });
  const found = await explorer.search(directory);
  if (found === null) throw noConfig(directory);
  return locationOf(relative(root, found.filepath).split(sep).join('/'));
}

/** The location for a path relative to the repository's root. */
export function locationOf(file: string): ConfigLocation {
  const slash = file.lastIndexOf('/');
  const directory = slash < 0 ? '' : file.slice(0, slash);
  return file.endsWith('package.json') ? { file, directory, key: 'fox' } : { file, directory };
}

function holdsConfig(file: string, content: string): boolean {
  return !file.endsWith('package.json') || /"fox"\s*:\s*\{/.test(content);
}

function noConfig(directory: string): FoxError {
  return new FoxError('CONFIG_INVALID', `no fox.config.yaml in ${directory} or a directory above it`, {
    hints: ['`fox init` writes a small app to start from.', 'Name another directory: `fox --app <directory> …`.'],
  });
}
