// `fox init --ci`: a CI system's recipe for an app: a version per pull request, a release per merge.
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FoxError } from '../../core/errors.ts';

/** CI systems that there is a recipe for. */
export type CiSystem = 'github' | 'gitlab';

/** Where each of them looks for it, from the repository's root. */
const places: Readonly<Record<CiSystem, string>> = {
  github: '.github/workflows/fox.yaml',
  gitlab: '.gitlab-ci.yml',
};

/** A file to write: its path from the repository's root. */
export interface Recipe {
  readonly path: string;
  readonly text: string;
}

/**
 * The recipe for an app in `directory` (relative to the repository's root `root`, `''` is the root itself).
 * @throws FoxError IN_USE if another file is in its place.
 */
export async function ciRecipe(
  installation: string,
  system: CiSystem,
  { root, directory }: { readonly root: string; readonly directory: string },
): Promise<Recipe> {
  const source = join(installation, 'templates', 'ci', `${system}.yaml`);
  const path = places[system];
  const text = forDirectory(await readFile(source, 'utf8'), directory);
  const present = await readFile(join(root, path), 'utf8').catch(() => undefined);
  if (present === text || (present === undefined && !(await exists(join(root, path))))) return { path, text };
  throw new FoxError('IN_USE', `${path} exists already; nothing was written`, {
    hints: [`Take over what you want of the recipe by hand: ${source}.`],
  });
}

/** Commands are run at the repository's root: an app that isn't there is named by its directory. */
function forDirectory(text: string, directory: string): string {
  return directory === '' ? text : text.replace(/^( *)# (FOX_APP: ).*$/m, `$1$2./${directory}`);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
