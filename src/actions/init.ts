// `fox init`: writes a small app to start from, as a git repository.
import { mkdir, realpath } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { locateConfig } from '../config/locate-config.ts';
import { FoxError } from '../core/errors.ts';
import { fileSystemError } from '../core/file-system-error.ts';
import { commitAll, createRepository, isInWorkTree } from '../source/new-repository.ts';
import { Repository } from '../source/repository.ts';
import { type CiSystem, ciRecipe } from './templates/ci-recipe.ts';
import type { ActionContext } from './context.ts';
import { writeFiles } from './templates/template.ts';
import { writeApp } from './templates/write-app.ts';

export interface InitOptions {
  /** Where to; default: the current directory. Made if it doesn't exist. */
  readonly directory?: string;
  /** `minimal`, or `order-app` with a step of its story: `order-app/v2`. */
  readonly template?: string;
  /** Write a recipe for this CI system, too; where there is an app already, only that. */
  readonly ci?: CiSystem;
}

/** What was written. */
export interface InitResult {
  readonly schema: 'fox/v1';
  readonly kind: 'init';
  readonly directory: string;
  /** Absent if there was an app already, and only a CI recipe was written. */
  readonly template?: string;
  readonly ci?: CiSystem;
  /** Paths relative to the directory. */
  readonly files: readonly string[];
  /** A repository was made and the files were committed; not done inside a repository. */
  readonly committed: boolean;
}

/** Writes an app, a CI recipe or both. Never overwrites a file that isn't a template's own. */
export async function init(options: InitOptions, { cwd, installation }: ActionContext): Promise<InitResult> {
  const { directory = '.', ci } = options;
  const target = resolve(cwd, directory);
  await mkdir(target, { recursive: true }).catch((error: unknown) => {
    throw fileSystemError(error, 'make the directory', target);
  });
  const own = !(await isInWorkTree(target));
  const root = own ? target : await rootOf(target);
  const app = own || ci === undefined ? undefined : await appDirectory(target, root);
  const template = options.template ?? (app === undefined ? 'minimal' : undefined);
  const place = {
    root,
    directory:
      app ??
      relative(root, await realpath(target))
        .split(sep)
        .join('/'),
  };
  const recipe = ci === undefined ? undefined : await ciRecipe(installation, ci, place);
  const written = template === undefined ? [] : await writeApp(installation, template, target);
  if (recipe !== undefined) {
    await writeFiles(root, new Map([[recipe.path, recipe.text]]));
    written.push(relative(target, join(root, recipe.path)));
  }
  if (own) {
    await createRepository(target);
    await commitAll(target, 'Start');
  }
  return {
    schema: 'fox/v1',
    kind: 'init',
    directory: target,
    ...(template === undefined ? {} : { template }),
    ...(ci === undefined ? {} : { ci }),
    files: written.toSorted(),
    committed: own,
  };
}

async function rootOf(target: string): Promise<string> {
  const repository = await Repository.open(target);
  repository.close();
  return repository.root;
}

/** Directory of the app around `target`, relative to the root; undefined if there is none. */
async function appDirectory(target: string, root: string): Promise<string | undefined> {
  try {
    return (await locateConfig(target, root)).directory;
  } catch (error) {
    if (error instanceof FoxError && error.code === 'CONFIG_INVALID') return undefined;
    throw error;
  }
}
