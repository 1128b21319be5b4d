// Finds what a user names: versions and virtual environments, with a suggestion when there is no such thing.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { StoredVersion } from '../../cluster/objects/version-object.ts';
import { FoxError } from '../../core/errors.ts';
import { didYouMean, nameProblem, versionNameOf } from '../../core/names.ts';

/** Names that a version may have which a user calls so: as it is, behind the app's name, or by its branch or tag. */
export function namesMeant(app: string, wanted: string): ReadonlySet<string> {
  const name = wanted.startsWith(`${app}-`) ? wanted.slice(app.length + 1) : wanted;
  return new Set([wanted, name, versionNameOf(wanted)]);
}

/** A version by its name, or by the raw name of its branch or tag; undefined if there is none. */
export function lookUpVersion(state: NamespaceState, app: string, wanted: string): StoredVersion | undefined {
  const names = namesMeant(app, wanted);
  return state.versions.find((version) => version.app === app && names.has(version.name));
}

/** The same, for who needs it. @throws FoxError NOT_FOUND. */
export function findVersion(state: NamespaceState, app: string, wanted: string): StoredVersion {
  const found = lookUpVersion(state, app, wanted);
  if (found !== undefined) return found;
  const own = state.versions.filter((version) => version.app === app);
  const names = own.map((version) => version.name);
  const guess = didYouMean(wanted, names);
  throw new FoxError('NOT_FOUND', `there is no version "${wanted}" of ${app}`, {
    hints: [
      ...(guess === undefined ? [] : [`Did you mean \`${guess}\`?`]),
      names.length === 0
        ? 'Nothing is deployed yet: `fox deploy <version>`.'
        : `Deployed: ${names.slice(-10).join(', ')}. \`fox deploy ${wanted}\` would add it.`,
    ],
  });
}

/** Refuses a virtual environment that doesn't exist. @throws FoxError NOT_FOUND. */
export function requireEnvironment(state: NamespaceState, wanted: string): void {
  const { environments } = state;
  if (environments.some(({ definition }) => definition.name === wanted)) return;
  const way =
    environments.length === 0
      ? 'The first `fox deploy` makes the default one.'
      : 'Releasing into a new one creates it.';
  throw environmentNotFound(state, wanted, way);
}

/** Tells which virtual environments there are instead; `ways`: what else can be done. */
export function environmentNotFound(
  { environments }: Pick<NamespaceState, 'environments'>,
  wanted: string,
  ...ways: readonly string[]
): FoxError {
  const names = environments.map(({ definition }) => definition.name).toSorted();
  const guess = didYouMean(wanted, names);
  return new FoxError('NOT_FOUND', `there is no virtual environment "${wanted}"`, {
    hints: [
      ...(guess === undefined ? [] : [`Did you mean \`${guess}\`?`]),
      names.length === 0 ? 'None exists yet.' : `There are: ${names.join(', ')}.`,
      ...ways,
    ],
  });
}

/** Refuses a name that no virtual environment can have. @throws FoxError NAME_INVALID. */
export function requireEnvironmentName(name: string): void {
  const problem = nameProblem(name);
  if (problem !== undefined)
    throw new FoxError('NAME_INVALID', `"${name}" can't name a virtual environment: it ${problem}`);
}
