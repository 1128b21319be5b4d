// Which app of a repository is meant, and what its config in the work tree says of the place that fox is used in.
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import {
  configFileNames,
  type ConfigLocation,
  locateConfig,
  locationOf,
} from '../../config/locate-config.ts';
import type { Config, PlaceSettings } from '../../config/config.ts';
import { rememberedConfig } from '../../config/read-config.ts';
import { FoxError } from '../../core/errors.ts';
import { fileSystemError } from '../../core/file-system-error.ts';
import { didYouMean, nameProblem } from '../../core/names.ts';
import type { Repository } from '../../source/repository.ts';

/** An app's config, and the settings in it that belong to the place rather than to a commit. */
export interface Place {
  readonly location: ConfigLocation;
  /** Name of the app. */
  readonly app: string;
  /** Virtual environment of plain traffic. */
  readonly defaultEnvironment: string;
  /** Which cluster and registry. */
  readonly settings: PlaceSettings;
}

/**
 * By default the nearest config; `--app` names an app anywhere in the repository, or a directory.
 * @param home fox's own directory, where valid configs are remembered. @throws FoxError NOT_FOUND, CONFIG_INVALID.
 */
export async function findPlace(
  repository: Repository,
  home: string,
  cwd: string,
  wanted?: string,
): Promise<Place> {
  const { root } = repository;
  const near = async (directory: string) => readPlace(root, home, await locateConfig(directory, root));
  if (wanted === undefined) {
    const location = await locateConfig(cwd, root).catch((error: unknown) => withApps(error, repository));
    return readPlace(root, home, location);
  }
  if (/[/.]/.test(wanted)) return near(isAbsolute(wanted) ? wanted : resolve(cwd, wanted));
  const nearest = await near(cwd).catch(orElsewhere);
  return nearest?.app === wanted ? nearest : findByName(repository, home, wanted);
}

/** There is no config around here, or a broken one: the app that is meant is another, or says so itself. */
function orElsewhere(error: unknown): undefined {
  if (!(error instanceof FoxError) || error.code !== 'CONFIG_INVALID') throw error;
}

async function findByName(repository: Repository, home: string, wanted: string): Promise<Place> {
  const { apps, broken } = await committedApps(repository);
  const location = apps.get(wanted);
  if (location !== undefined) return readPlace(repository.root, home, location);
  const guess = didYouMean(wanted, apps.keys());
  throw new FoxError('NOT_FOUND', `no app named "${wanted}" in this repository`, {
    hints: [
      apps.size === 0 ? 'No config of an app is committed here.' : `Apps here: ${sortedNames(apps)}.`,
      ...(guess === undefined ? [] : [`Did you mean \`--app ${guess}\`?`]),
      ...(broken.length === 0 ? [] : [`Not readable: ${broken.join(', ')}.`]),
    ],
  });
}

/** There is no config around here; the repository may have apps elsewhere. */
async function withApps(error: unknown, repository: Repository): Promise<never> {
  if (!(error instanceof FoxError)) throw error;
  const names = await appNames(repository);
  if (names === undefined) throw error;
  throw new FoxError(error.code, error.message, {
    hints: [`Apps here: ${names}. Name one with \`--app\`, or change to its directory.`],
    cause: error,
  });
}

/** Undefined where there are none, or no commit that could have some. */
async function appNames(repository: Repository): Promise<string | undefined> {
  try {
    const { apps } = await committedApps(repository);
    return apps.size === 0 ? undefined : sortedNames(apps);
  } catch (error) {
    if (error instanceof FoxError) return undefined;
    throw error;
  }
}

function sortedNames(apps: ReadonlyMap<string, ConfigLocation>): string {
  return [...apps.keys()].toSorted().join(', ');
}

/** Apps of the commit that is checked out by name, as the work tree has them, and config files that can't be read. */
async function committedApps(
  repository: Repository,
): Promise<{ apps: Map<string, ConfigLocation>; broken: string[] }> {
  const files = await repository.filesNamed(await repository.commit('HEAD'), configFileNames);
  const apps = new Map<string, ConfigLocation>();
  const broken: string[] = [];
  for (const file of files) {
    const location = locationOf(file);
    const text = await readFile(join(repository.root, file), 'utf8').catch(() => undefined);
    const { app } = text === undefined ? {} : await settingsOf(text, location);
    if (isName(app) && !apps.has(app)) apps.set(app, location);
    else if (!isName(app) && location.key === undefined) broken.push(file);
  }
  return { apps, broken };
}

/**
 * Reads what belongs to the place from the work tree. Components are validated at the commit that is deployed.
 * @throws FoxError CONFIG_INVALID with every problem, if one of them is here.
 */
async function readPlace(root: string, home: string, location: ConfigLocation): Promise<Place> {
  const file = join(root, location.file);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileSystemError(error, 'read the config', file);
  });
  const valid = await rememberedConfig({ ...location, text }, home);
  if (valid !== undefined) return { ...ofPlace(valid), location };
  const raw = await settingsOf(text, location);
  const { app, defaultEnvironment = 'default' } = raw;
  const { placeSettingsOf } = await import('../../config/place-settings.ts');
  const settings = placeSettingsOf(raw);
  if (isName(app) && isName(defaultEnvironment) && settings !== undefined)
    return { location, app, defaultEnvironment, settings };
  const { validateConfig } = await import('../../config/validate-config.ts');
  return { ...ofPlace(validateConfig({ ...location, text })), location };
}

function ofPlace({ app, defaultEnvironment, settings }: Config): Omit<Place, 'location'> {
  return { app: app.name, defaultEnvironment, settings };
}

/** What a config says of its place, before anything is checked; nothing if it can't be read. */
async function settingsOf(
  text: string,
  { file, key }: ConfigLocation,
): Promise<{ app?: unknown; defaultEnvironment?: unknown }> {
  const { parseConfigDocument } = await import('../../config/config-document.ts');
  const { value } = parseConfigDocument(file, text, key);
  return value !== null && typeof value === 'object' ? value : {};
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && nameProblem(value) === undefined;
}
