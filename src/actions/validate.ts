// `fox validate`: checks the work tree's config, naming every problem.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigSource } from '../config/config.ts';
import { configError } from '../config/config-problem.ts';
import type { ConfigLocation } from '../config/locate-config.ts';
import { configLine } from '../config/read-config.ts';
import { validateConfig } from '../config/validate-config.ts';
import type { App } from '../core/app.ts';
import { fileSystemError } from '../core/file-system-error.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { withWorkspace } from './place/workspace.ts';

/** A config without problems. */
export interface ValidateResult {
  readonly schema: 'fox/v1';
  readonly kind: 'validate';
  readonly file: string;
  readonly app: string;
  readonly components: readonly string[];
}

/** Validates the config as it is in the work tree. @throws FoxError CONFIG_INVALID. */
export async function validate(options: CommonOptions, context: ActionContext): Promise<ValidateResult> {
  return withWorkspace(context, options, async ({ repository, location }) => {
    const { app } = await validateWorkTree(repository.root, location);
    return {
      schema: 'fox/v1',
      kind: 'validate',
      file: location.file,
      app: app.name,
      components: Object.keys(app.components),
    };
  });
}

/** The work tree's config without problems, and its text. @throws FoxError CONFIG_INVALID with all of them, FILE_SYSTEM. */
export async function validateWorkTree(
  root: string,
  location: ConfigLocation,
): Promise<{ app: App; text: string }> {
  const file = join(root, location.file);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileSystemError(error, 'read the config', file);
  });
  const source = { ...location, text };
  const { app } = validateConfig(source);
  await refuseMissingPaths(app, source, root);
  return { app, text };
}

/** Paths that aren't in the work tree can't be in a commit of it. */
async function refuseMissingPaths(app: App, source: ConfigSource, root: string): Promise<void> {
  const missing = Object.values(app.components).flatMap(({ name, path, shared }) => [
    ...(path === undefined || existsSync(join(root, path))
      ? []
      : [{ path: ['components', name, 'path'], wanted: path }]),
    ...shared.flatMap((each) =>
      existsSync(join(root, each)) ? [] : [{ path: ['components', name, 'shared'], wanted: each }],
    ),
  ]);
  if (missing.length === 0) return;
  const problems = missing.map(async ({ path, wanted }) => {
    const line = await configLine(source, path);
    const place = line === undefined ? {} : { line };
    return {
      file: source.file,
      path: path.join('.'),
      message: `there is no "${wanted}" in the work tree`,
      ...place,
    };
  });
  throw configError(await Promise.all(problems));
}
