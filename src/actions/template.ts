// Templates: directories of files that init and demo write. One with a story has a further directory per step.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { FoxError } from '../core/errors.ts';

/** A step of a story: what a developer changed, and how the commit is called. */
export interface StoryStep {
  readonly tag: string;
  readonly message: string;
}

/** Files of the template `name`, or of its story up to a step, as text by path. Later steps replace files of earlier ones. */
export async function readTemplate(
  installation: string,
  name: string,
  step?: string,
): Promise<Map<string, string>> {
  const root = join(installation, 'templates', name);
  if (step === undefined) return readFiles(root);
  const files = new Map<string, string>();
  for (const { tag } of await readStory(installation, name)) {
    for (const [path, text] of await readFiles(join(root, tag))) files.set(path, text);
    if (tag === step) return files;
  }
  throw new Error(`template ${name} has no step ${step}`);
}

/** Steps of a template's story, in order. */
export async function readStory(installation: string, name: string): Promise<StoryStep[]> {
  return JSON.parse(
    await readFile(join(installation, 'templates', name, 'story.json'), 'utf8'),
  ) as StoryStep[];
}

/**
 * Writes files into a directory. A file that is there with another content is refused, unless `mayReplace` knows it.
 * @returns the paths that were written.
 * @throws FoxError IN_USE naming the files that are in the way; then nothing is written.
 */
export async function writeFiles(
  directory: string,
  files: ReadonlyMap<string, string>,
  mayReplace: (path: string, text: string) => boolean = () => false,
): Promise<string[]> {
  const changed: [string, string][] = [];
  const inTheWay: string[] = [];
  for (const [path, text] of files) {
    const present = await readFile(join(directory, path), 'utf8').catch(ignoreMissing);
    if (present === text) continue;
    if (present !== undefined && !mayReplace(path, present)) inTheWay.push(path);
    changed.push([path, text]);
  }
  if (inTheWay.length > 0) {
    throw new FoxError('IN_USE', `${directory} has files that would be overwritten`, {
      details: inTheWay,
      hints: ['Choose another directory: `fox init <directory>`.', 'Nothing was written.'],
    });
  }
  for (const [path, text] of changed) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
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

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
