// What ends with a virtual environment, and what keeps it from ending: pure, of what a namespace has.
import type { NamespaceState } from '../../../cluster/namespace.ts';
import type { DeployedWorkload } from '../../../cluster/objects/workload-object.ts';
import { FoxError } from '../../../core/errors.ts';
import { deploymentName } from '../../../core/names.ts';
import { environmentFor } from '../../../core/plan/wanted.ts';
import { endedWorkloads } from './ended-workloads.ts';
import { environmentsByName } from '../known/known-environments.ts';

/** A version of an app. */
export interface EndedVersion {
  readonly app: string;
  readonly version: string;
}

/** What ends with a virtual environment. */
export interface EnvironmentEnd {
  /** Releases: plain traffic there goes nowhere any more. */
  readonly releases: readonly EndedVersion[];
  /** Versions that are to run there, and won't any more. */
  readonly versions: readonly EndedVersion[];
  /** Workloads that nothing else wants. */
  readonly workloads: readonly DeployedWorkload[];
  /** Something of what is in force there is missing or damaged: what runs only there can't be told. */
  readonly isUnclear: boolean;
  /** What a release elsewhere holds on to needs values of its secrets: `fox prune` removes them afterwards. */
  readonly keepsSecrets: boolean;
}

/** Works out what ends. Empty for an environment that nothing knows of. */
export async function planEnd(state: NamespaceState, name: string): Promise<EnvironmentEnd> {
  const versions = state.versions.filter(({ runsIn }) => runsIn.includes(name));
  const known = environmentsByName(state);
  return {
    releases: endedReleases(state, name),
    versions: versions.map(({ app, name: version }) => ({ app, version })),
    workloads: await endedWorkloads(state, name),
    isUnclear: versions.some((version) => environmentFor(version, name, known) === undefined),
    keepsSecrets: areSecretsHeld(state, name),
  };
}

/** What is released there. */
function endedReleases({ releases }: Pick<NamespaceState, 'releases'>, name: string): EndedVersion[] {
  return [...(releases.records.get(name) ?? [])].map(([app, { version }]) => ({ app, version }));
}

/** Whether something is released there, or is to run there. */
export function isUsed(state: Pick<NamespaceState, 'releases' | 'versions'>, name: string): boolean {
  return endedReleases(state, name).length > 0 || state.versions.some(({ runsIn }) => runsIn.includes(name));
}

/**
 * Refuses to end an environment that is needed.
 * @param endReleases what is released there doesn't keep it.
 * @param defaultEnvironment that of the config, where there is one.
 * @throws FoxError IN_USE
 */
export function refuseEnd(
  state: NamespaceState,
  name: string,
  endReleases: boolean,
  defaultEnvironment?: string,
): void {
  if (state.environments.some(({ definition, isDefault }) => isDefault && definition.name === name))
    throw defaultStays(name);
  if (name === defaultEnvironment) throw configuredStays(name);
  const children = childrenOf(state, name);
  if (children.length > 0) throw isParent(name, children);
  const releases = endedReleases(state, name);
  if (releases.length > 0 && !endReleases) throw isReleased(name, releases);
}

/** Names of the environments that inherit from one without anything between them. */
export function childrenOf({ environments }: Pick<NamespaceState, 'environments'>, name: string): string[] {
  return environments
    .filter(({ definition }) => definition.parent === name)
    .map(({ definition }) => definition.name)
    .toSorted();
}

/** An environment that inherited from this one when it was released, and doesn't any more. */
function areSecretsHeld({ environments, configurations }: NamespaceState, name: string): boolean {
  const own = environments.find(({ definition }) => definition.name === name)?.definition.secrets ?? {};
  return configurations.some(
    ({ environment: { name: holder, secrets = {} } }) =>
      holder !== name &&
      Object.entries(own).some(([secret, { fingerprint }]) => secrets[secret] === fingerprint),
  );
}

function defaultStays(name: string): FoxError {
  return new FoxError(
    'IN_USE',
    `${name} is the default virtual environment: plain traffic that names no other goes there`,
    { hints: [`\`fox env unset -e ${name} <NAME>\` removes what it says; it stays itself.`] },
  );
}

function configuredStays(name: string): FoxError {
  return new FoxError(
    'IN_USE',
    `${name} is the config's default virtual environment: what names no other is deployed to and released in it`,
    { hints: ['Give the config another `defaultEnvironment` first.'] },
  );
}

function isParent(name: string, children: readonly string[]): FoxError {
  const verb = children.length === 1 ? 'inherits' : 'inherit';
  return new FoxError('IN_USE', `${children.join(', ')} ${verb} from ${name}; nothing was changed`, {
    hints: [
      `Delete ${children.length === 1 ? 'it' : 'them'} first: \`fox env delete ${children[0]}\`;`,
      `or give ${children[0]} another parent, or none: \`fox env set -e ${children[0]} --no-parent\`.`,
    ],
  });
}

function isReleased(name: string, releases: readonly EndedVersion[]): FoxError {
  const what = releases.map(({ app, version }) => deploymentName(app, version)).join(', ');
  const verb = releases.length === 1 ? 'is' : 'are';
  return new FoxError('IN_USE', `${what} ${verb} released in ${name}; nothing was changed`, {
    hints: [
      `\`fox env delete ${name} --end-releases\` ends that, too: nobody is served there any more.`,
      `\`fox status --virtual-env ${name}\` shows what runs there.`,
    ],
  });
}

/** What ran with something that is gone or damaged can't be worked out any more. */
export function unclear(name: string): string {
  return `what ran only in ${name} can't be told, as something of it was gone or damaged: \`fox prune\` removes workloads that nothing wants any more`;
}
