// The place that fox is used in: a repository, its config file, and what the config says of the place.
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { configFileNames, type ConfigLocation, locateConfig, locationOf } from '../config/locate-config.ts';
import { FoxError } from '../core/errors.ts';
import { didYouMean, nameProblem } from '../core/names.ts';
import { Repository } from '../source/repository.ts';
import type { ActionContext, CommonOptions } from './context.ts';

/** An open workspace; `close` ends what it holds. */
export interface Workspace {
  readonly repository: Repository;
  /** The config of the app that is meant. */
  readonly location: ConfigLocation;
  /** Name of the app, by the work tree's config. */
  readonly app: string;
  /** Virtual environment of plain traffic, by the work tree's config. */
  readonly defaultEnvironment: string;
  /** Directory of fox's own state, absolute. */
  readonly home: string;
  close(): void;
}

/** Opens the workspace around the current directory, runs `work` in it and closes it. */
export async function withWorkspace<T>(
  context: ActionContext,
  options: CommonOptions,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const repository = await Repository.open(context.cwd);
  try {
    const { location, place } = await findApp(repository, context.cwd, options.app);
    return await work({
      repository,
      location,
      ...place,
      home: homeOf(repository.root, context),
      close: () => repository.close(),
    });
  } finally {
    repository.close();
  }
}

/** `.fox` at the repository's root, unless FOX_HOME says otherwise. */
export function homeOf(root: string, { cwd, env }: Pick<ActionContext, 'cwd' | 'env'>): string {
  const home = env['FOX_HOME'];
  return home === undefined || home === '' ? join(root, '.fox') : resolve(cwd, home);
}

/** Settings of the place, and the app's name. */
interface Place {
  readonly app: string;
  readonly defaultEnvironment: string;
}

/** By default the nearest config; `--app` names an app anywhere in the repository, or a directory. */
async function findApp(
  repository: Repository,
  cwd: string,
  wanted?: string,
): Promise<{ location: ConfigLocation; place: Place }> {
  const { root } = repository;
  if (wanted !== undefined && /[/.]/.test(wanted)) {
    const location = await locateConfig(isAbsolute(wanted) ? wanted : resolve(cwd, wanted), root);
    return { location, place: await readPlace(root, location) };
  }
  if (wanted === undefined) {
    const location = await locateConfig(cwd, root);
    return { location, place: await readPlace(root, location) };
  }
  const nearest = await nearestApp(root, cwd);
  return nearest?.place.app === wanted ? nearest : findAppByName(repository, wanted);
}

/** The app around a directory; undefined if there is none, or its config is not valid: another one is meant, or says so. */
async function nearestApp(
  root: string,
  cwd: string,
): Promise<{ location: ConfigLocation; place: Place } | undefined> {
  try {
    const location = await locateConfig(cwd, root);
    return { location, place: await readPlace(root, location) };
  } catch (error) {
    if (error instanceof FoxError && error.code === 'CONFIG_INVALID') return undefined;
    throw error;
  }
}

async function findAppByName(
  repository: Repository,
  wanted: string,
): Promise<{ location: ConfigLocation; place: Place }> {
  const files = await repository.filesNamed(await repository.commit('HEAD'), configFileNames);
  const names: string[] = [];
  const broken: string[] = [];
  for (const file of files) {
    const location = locationOf(file);
    const text = await readFile(join(repository.root, file), 'utf8').catch(() => undefined);
    const { app } = text === undefined ? {} : placeOf(text, location);
    if (app === wanted) return { location, place: await readPlace(repository.root, location) };
    if (isName(app)) names.push(app);
    else if (location.key === undefined) broken.push(file);
  }
  const guess = didYouMean(wanted, names);
  throw new FoxError('NOT_FOUND', `no app named "${wanted}" in this repository`, {
    hints: [
      names.length === 0
        ? 'No config of an app is committed here.'
        : `Apps here: ${[...new Set(names)].toSorted().join(', ')}.`,
      ...(guess === undefined ? [] : [`Did you mean \`--app ${guess}\`?`]),
      ...(broken.length === 0 ? [] : [`Not readable: ${broken.join(', ')}.`]),
    ],
  });
}

/**
 * Reads what belongs to the place from the work tree. Components are validated at the commit that is deployed.
 * @throws FoxError CONFIG_INVALID with every problem, if one of them is here.
 */
async function readPlace(root: string, location: ConfigLocation): Promise<Place> {
  const text = await readFile(join(root, location.file), 'utf8');
  const { app, defaultEnvironment = 'default' } = placeOf(text, location);
  if (isName(app) && isName(defaultEnvironment)) return { app, defaultEnvironment };
  const { validateConfig } = await import('../config/validate-config.ts');
  const valid = validateConfig({ ...location, text });
  return { app: valid.app.name, defaultEnvironment: valid.defaultEnvironment };
}

/** What a config says of its place, before anything is checked; nothing if it can't be read. */
function placeOf(text: string, { key }: ConfigLocation): { app?: unknown; defaultEnvironment?: unknown } {
  try {
    const document: unknown = parse(text, { logLevel: 'error', prettyErrors: false });
    const config = key === undefined ? document : (document as Record<string, unknown> | null)?.[key];
    return (config ?? {}) as { app?: unknown; defaultEnvironment?: unknown };
  } catch {
    return {};
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && nameProblem(value) === undefined;
}
