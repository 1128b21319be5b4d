// Tells a component's dependencies from its own files, so that a layer of theirs stays the same while they do.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSystemError } from '../core/file-system-error.ts';

/** Directories that package managers keep what they have fetched in. */
const dependencyNames: ReadonlySet<string> = new Set([
  'node_modules',
  'bower_components',
  '.venv',
  'venv',
  'site-packages',
  '__pypackages__',
  'vendor',
]);

/**
 * Directories by such names below `root`, relative to it and sorted; none inside another. Asked before and after the
 * build command it tells which of them that command has made: those that git holds are the application's own.
 */
export async function dependencyDirectories(root: string): Promise<string[]> {
  const found: string[] = [];
  const search = async (directory: string) => {
    const entries = await readdir(join(root, directory), { withFileTypes: true });
    for (const entry of entries.filter((each) => each.isDirectory())) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (dependencyNames.has(entry.name)) found.push(path);
      else await search(path);
    }
  };
  try {
    await search('');
  } catch (error) {
    throw fileSystemError(error, 'read what was built', root);
  }
  return found.toSorted();
}
