// `fox validate`: checks the config, naming every problem, and whether virtual environments have the values that it needs.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigSource } from '../config/config.ts';
import { configError } from '../config/config-problem.ts';
import type { ConfigLocation } from '../config/locate-config.ts';
import { readEnvironmentFiles } from '../config/environment-file.ts';
import { configLine } from '../config/read-config.ts';
import { validateConfig } from '../config/validate-config.ts';
import type { App } from '../core/version/app.ts';
import { FoxError } from '../core/errors.ts';
import { fileSystemError } from '../core/file-system-error.ts';
import { propagationDoubts } from '../core/version/propagation.ts';
import { didYouMean } from '../core/names.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import {
  checkedVersion,
  definitionsInFiles,
  type EnvironmentValidation,
  validateIn,
} from './environments/validate/validate-environments.ts';
import { validateInNamespace } from './environments/validate/validate-in-namespace.ts';
import { identifySources, readApp } from './place/app-at-tree.ts';
import { withWorkspace, type Workspace } from './place/workspace.ts';
import { withClusterSnapshot } from './session/cluster-session.ts';

export interface ValidateOptions extends CommonOptions {
  /** Virtual environments to check its values in. */
  readonly virtualEnv?: readonly string[];
  /** All of them. */
  readonly allEnvs?: boolean;
  /** Files and directories to take them from, rather than from the cluster. */
  readonly file?: readonly string[];
  /** Gives the text that the file `-` stands for. */
  readonly standardInput?: () => Promise<string>;
  /** Commit, tag or branch whose config is checked, rather than that of the work tree. */
  readonly commit?: string;
}

/** A config without problems, and what it finds in virtual environments. */
export interface ValidateResult {
  readonly schema: 'fox/v1';
  readonly kind: 'validate';
  readonly file: string;
  readonly app: string;
  readonly components: readonly string[];
  /** It can run in all of these environments. */
  readonly valid: boolean;
  /** Those that were asked for. */
  readonly environments: readonly EnvironmentValidation[];
}

/**
 * Validates the config as it is in the work tree or at a commit, and its values in virtual environments; doesn't start a
 * cluster, and asks none where files are given.
 * @throws FoxError CONFIG_INVALID if the config or a file isn't valid; NOT_FOUND if there is no such environment.
 */
export async function validate(options: ValidateOptions, context: ActionContext): Promise<ValidateResult> {
  return withWorkspace(context, options, async (workspace) => {
    const { repository, location } = workspace;
    const { app, file } =
      options.commit === undefined
        ? { ...(await validateWorkTree(repository.root, location)), file: location.file }
        : await validateCommit(workspace, options.commit);
    for (const text of propagationDoubts(Object.values(app.components)))
      context.emit({ type: 'warning', text });
    const environments = await validateEnvironments(app, workspace, options, context);
    return {
      schema: 'fox/v1',
      kind: 'validate',
      file,
      app: app.name,
      components: Object.keys(app.components),
      valid: environments.every(({ valid }) => valid),
      environments,
    };
  });
}

async function validateCommit(workspace: Workspace, ref: string): Promise<{ app: App; file: string }> {
  const commit = await workspace.repository.commit(ref);
  const found = await readApp(workspace, commit, ref);
  await identifySources(workspace, commit, found);
  return { app: found.app, file: found.source.file };
}

async function validateEnvironments(
  app: App,
  workspace: Workspace,
  options: ValidateOptions,
  context: ActionContext,
): Promise<EnvironmentValidation[]> {
  const { allEnvs = false, file: files } = options;
  const names = options.virtualEnv === undefined ? undefined : [...new Set(options.virtualEnv)];
  if (allEnvs && names !== undefined)
    throw new FoxError('USAGE', '--all-envs takes every virtual environment: it goes with no --virtual-env');
  const version = checkedVersion(app);
  if (files !== undefined) {
    const standardInput = options.standardInput ?? noInput;
    const read = await readEnvironmentFiles(files, { directory: context.cwd, standardInput });
    const definitions = definitionsInFiles(read);
    const missing = names?.find((name) => !definitions.has(name));
    if (missing !== undefined) throw notInFiles(missing, definitions.keys());
    const place = { versions: [], onlyFiles: true };
    return (names ?? [...definitions.keys()]).map((name) => validateIn(name, version, definitions, place));
  }
  if (!allEnvs && names === undefined) return [];
  return withClusterSnapshot(workspace, context, async ({ namespace }) =>
    validateInNamespace(names, version, namespace, context),
  );
}

function notInFiles(name: string, names: Iterable<string>): FoxError {
  const all = [...names].toSorted();
  const guess = didYouMean(name, all);
  return new FoxError('NOT_FOUND', `the files have no virtual environment "${name}"`, {
    hints: [...(guess === undefined ? [] : [`Did you mean \`${guess}\`?`]), `They have: ${all.join(', ')}.`],
  });
}

async function noInput(): Promise<never> {
  throw new FoxError('USAGE', 'there is no standard input to read');
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
