// The texts of virtual environments' files: of files, of directories, and of standard input.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FoxError } from '../core/errors.ts';
import { fileSystemError, hasCode } from '../core/file-system-error.ts';

/** Where paths are typed. */
export interface EnvironmentPlace {
  /** Directory that paths are relative to. */
  readonly directory: string;
  /** Gives the text that `-` stands for. */
  readonly standardInput: () => Promise<string>;
}

/** A file's name as the user knows it, and what is in it. */
export interface EnvironmentText {
  readonly file: string;
  readonly text: string;
}

const extensions = ['.yaml', '.yml', '.json'];

/**
 * Reads each file once, those of a directory (*.yaml, *.yml and *.json; none below it) by name.
 * @throws FoxError USAGE where there is nothing to read; FILE_SYSTEM.
 */
export async function readEnvironmentTexts(
  paths: readonly string[],
  { directory, standardInput }: EnvironmentPlace,
): Promise<EnvironmentText[]> {
  const files: string[] = [];
  for (const path of paths) files.push(...(path === '-' ? [path] : await filesAt(path, directory)));
  const texts: EnvironmentText[] = [];
  for (const file of new Set(files)) {
    if (file === '-') texts.push({ file: 'standard input', text: await standardInput() });
    else texts.push({ file, text: await readText(resolve(directory, file), file) });
  }
  return texts;
}

/** Names of the files that a path stands for. */
async function filesAt(path: string, directory: string): Promise<string[]> {
  try {
    const place = resolve(directory, path);
    if (!(await stat(place)).isDirectory()) return [path];
    const names = (await readdir(place)).filter((name) => extensions.some((end) => name.endsWith(end)));
    if (names.length === 0) throw new FoxError('USAGE', `${path} holds no file *.yaml, *.yml or *.json`);
    return names.toSorted().map((name) => join(path, name));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR'))
      throw new FoxError('USAGE', `there is no file or directory ${path}`);
    throw fileSystemError(error, 'read the virtual environments', path);
  }
}

async function readText(place: string, file: string): Promise<string> {
  try {
    return await readFile(place, 'utf8');
  } catch (error) {
    throw fileSystemError(error, 'read the virtual environments', file);
  }
}
