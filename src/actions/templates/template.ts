// Templates: directories of files that init and demo write. One with a story has a further directory per step.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { FoxError } from '../../core/errors.ts';
import { fileSystemError, hasCode } from '../../core/file-system-error.ts';

/** A step of a story: what a developer changed, and how the commit is called. */
export interface StoryStep {
  readonly tag: string;
  readonly message: string;
}

/**
 * Files of the template `name`, or of its story up to a step, as text by path. Later steps replace files of earlier ones.
 * @throws FoxError NOT_FOUND if there is no such template or step.
 */
export async function readTemplate(
  installation: string,
  name: string,
  step?: string,
): Promise<Map<string, string>> {
  const root = join(installation, 'templates', name);
  if (step === undefined) return readFiles(await known(installation, name));
  const files = new Map<string, string>();
  const story = await readStory(installation, name);
  for (const { tag } of story) {
    for (const [path, text] of await readFiles(join(root, tag))) files.set(path, text);
    if (tag === step) return files;
  }
  throw new FoxError('NOT_FOUND', `the template ${name} has no step "${step}"`, {
    hints: [`Its steps: ${story.map(({ tag }) => tag).join(', ')}.`],
  });
}

/** Steps of a template's story, in order. @throws FoxError NOT_FOUND if there is no such template. */
export async function readStory(installation: string, name: string): Promise<StoryStep[]> {
  const root = await known(installation, name);
  return JSON.parse(await readFile(join(root, 'story.json'), 'utf8')) as StoryStep[];
}

/** Not an app, but recipes for CI systems. */
const recipes = 'ci';

/** Directory of a template. */
async function known(installation: string, name: string): Promise<string> {
  const root = join(installation, 'templates');
  const entries = await readdir(root, { withFileTypes: true });
  const directories = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const names = directories.filter((directory) => directory !== recipes);
  if (names.includes(name)) return join(root, name);
  throw new FoxError('NOT_FOUND', `there is no template "${name}"`, {
    hints: [`Templates: ${names.toSorted().join(', ')}.`],
  });
}

/** What is said where files are in the way. */
export interface Refusal {
  readonly message: string;
  readonly describe: (path: string) => string;
  readonly hints: readonly string[];
}

/**
 * Writes files into a directory. A file that is there with another content is refused, unless `mayReplace` knows it.
 * @returns the paths that were written.
 * @throws FoxError IN_USE naming the files that are in the way; then nothing is written. FILE_SYSTEM if one can't be.
 */
export async function writeFiles(
  directory: string,
  files: ReadonlyMap<string, string>,
  mayReplace: (path: string, text: string) => boolean = () => false,
  refusal: Refusal = {
    message: `${directory} has files that would be overwritten`,
    describe: (path) => path,
    hints: ['Choose another directory: `fox init <directory>`.', 'Nothing was written.'],
  },
): Promise<string[]> {
  const changed: [string, string][] = [];
  const inTheWay: string[] = [];
  for (const [path, text] of files) {
    const present = await readPresent(join(directory, path));
    if (present === text) continue;
    if (present === notAFile || (present !== undefined && !mayReplace(path, present))) inTheWay.push(path);
    changed.push([path, text]);
  }
  if (inTheWay.length > 0) {
    const { message, describe, hints } = refusal;
    throw new FoxError('IN_USE', message, { details: inTheWay.map(describe), hints });
  }
  for (const [path, text] of changed) {
    await writeText(join(directory, path), text);
  }
  return changed.map(([path]) => path);
}

async function readFiles(root: string): Promise<Map<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = new Map<string, string>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    // npm leaves files of that name out of packages, so templates have it without its dot.
    const path = relative(root, file).replace(/(^|\/)gitignore$/, '$1.gitignore');
    files.set(path, await readFile(file, 'utf8'));
  }
  return files;
}

/** What is at a path that is no file: a directory, or something below a file. */
const notAFile = Symbol('not a file');

/** Text of a file, undefined where there is nothing. @throws FoxError FILE_SYSTEM. */
export async function readPresent(file: string): Promise<string | typeof notAFile | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (hasCode(error, 'EISDIR', 'ENOTDIR')) return notAFile;
    throw fileSystemError(error, 'read', file);
  }
}

async function writeText(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    throw fileSystemError(error, 'write', file);
  }
}
