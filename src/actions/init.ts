// `fox init`: writes a small app to start from, as a git repository.
import { mkdir } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fileSystemError } from '../core/file-system-error.ts';
import { nameProblem, versionNameOf } from '../core/names.ts';
import { commitAll, createRepository, isInWorkTree } from '../source/new-repository.ts';
import type { ActionContext } from './context.ts';
import { readStory, readTemplate, writeFiles } from './template.ts';

export interface InitOptions {
  /** Where to; default: the current directory. Made if it doesn't exist. */
  readonly directory?: string;
  /** `minimal`, or `order-app` with a step of its story: `order-app/v2`. */
  readonly template?: string;
}

/** What was written. */
export interface InitResult {
  readonly schema: 'fox/v1';
  readonly kind: 'init';
  readonly directory: string;
  readonly template: string;
  readonly files: readonly string[];
  /** A repository was made and the files were committed; not done inside a repository. */
  readonly committed: boolean;
}

/** Writes an app. Never overwrites a file that isn't a template's own. */
export async function init(
  { directory = '.', template = 'minimal' }: InitOptions,
  { cwd, installation }: ActionContext,
): Promise<InitResult> {
  const target = resolve(cwd, directory);
  await mkdir(target, { recursive: true }).catch((error: unknown) => {
    throw fileSystemError(error, 'make the directory', target);
  });
  const files = await filesOf(installation, template, target);
  const known = await earlierFiles(installation, template);
  const written = await writeFiles(target, files, (path, text) =>
    known.some((each) => each.get(path) === text),
  );
  const own = !(await isInWorkTree(target));
  if (own) {
    await createRepository(target);
    await commitAll(target, 'Start');
  }
  return {
    schema: 'fox/v1',
    kind: 'init',
    directory: target,
    template,
    files: written.toSorted(),
    committed: own,
  };
}

async function filesOf(installation: string, template: string, target: string): Promise<Map<string, string>> {
  const [name = '', step = 'v1'] = template.split('/');
  if (name !== 'minimal') return readTemplate(installation, name, step);
  const files = await readTemplate(installation, name);
  const config = files.get('fox.config.yaml');
  if (config !== undefined)
    files.set('fox.config.yaml', config.replace(/^app: .*$/m, `app: ${appNameOf(target)}`));
  return files;
}

/** The story's files at each step: those may be replaced by a later step's. */
async function earlierFiles(installation: string, template: string): Promise<Map<string, string>[]> {
  const [name = ''] = template.split('/');
  if (name === 'minimal') return [];
  const steps = await readStory(installation, name);
  return Promise.all(steps.map(({ tag }) => readTemplate(installation, name, tag)));
}

function appNameOf(directory: string): string {
  const name = versionNameOf(basename(directory)).replaceAll('.', '-');
  return nameProblem(name) === undefined ? name : 'my-app';
}
