// What ends with a virtual environment, and what keeps it from ending: pure, of what a namespace has.
import type { NamespaceState } from '../../../cluster/namespace.ts';
import type { DeployedWorkload } from '../../../cluster/objects/workload-object.ts';
import { FoxError } from '../../../core/errors.ts';
import { deploymentName } from '../../../core/names.ts';
import { environmentFor, wantedBy } from '../../../core/plan/wanted.ts';
import { workloadKey } from '../../../core/version/workload.ts';
import { unwantedWorkloads } from '../../leftovers/unwanted.ts';
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
export function planEnd(state: NamespaceState, name: string): EnvironmentEnd {
  const own = ownWorkloads(state, name);
  const versions = state.versions.filter(({ runsIn }) => runsIn.includes(name));
  const known = environmentsByName(state);
  return {
    releases: [...(state.releases.records.get(name) ?? [])].map(([app, { version }]) => ({ app, version })),
    versions: versions.map(({ app, name: version }) => ({ app, version })),
    workloads: unwantedWorkloads(without(state, name))
      .map(({ workload }) => workload)
      .filter((workload) => own.has(workloadKey(workload))),
    isUnclear: versions.some((version) => environmentFor(version, name, known) === undefined),
    keepsSecrets: areSecretsHeld(state, name),
  };
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
  const { releases } = planEnd(state, name);
  if (releases.length > 0 && !endReleases) throw isReleased(name, releases);
}

/** Names of the environments that inherit from one without anything between them. */
export function childrenOf({ environments }: Pick<NamespaceState, 'environments'>, name: string): string[] {
  return environments
    .filter(({ definition }) => definition.parent === name)
    .map(({ definition }) => definition.name)
    .toSorted();
}

/** The namespace once the environment is gone. */
function without(state: NamespaceState, name: string): NamespaceState {
  const records = new Map(state.releases.records);
  records.delete(name);
  return {
    ...state,
    environments: state.environments.filter(({ definition }) => definition.name !== name),
    configurations: state.configurations.filter(({ environment }) => environment.name !== name),
    releases: { ...state.releases, records },
    versions: state.versions.map((version) => ({
      ...version,
      runsIn: version.runsIn.filter((each) => each !== name),
      held: version.held.filter(({ environment }) => environment.name !== name),
    })),
  };
}

/**
 * Keys of all workloads that any version has or would have there. Not only of those that are noted to run there: an
 * interrupted end has taken the notes away, and left workloads.
 */
function ownWorkloads(state: NamespaceState, name: string): ReadonlySet<string> {
  const now = environmentsByName(state).get(name);
  const kept = state.configurations.filter(({ environment }) => environment.name === name);
  const wanted = wantedBy(
    state.versions.map(({ app, manifest }) => ({
      manifest,
      environments: [
        ...(now === undefined ? [] : [now]),
        ...kept.filter((each) => each.app === app).map(({ environment }) => environment),
      ],
    })),
  );
  return new Set(wanted.keys());
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
