// Configurations that releases hold on to no longer: they go, and with them what only they wanted.
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import type { StoredConfiguration } from '../../cluster/objects/configuration-object.ts';
import type { StoredVersion } from '../../cluster/objects/version-object.ts';
import { configurationInForce, configurationsOf, type ReleaseRecord } from '../../core/release.ts';
import { workloadKey, workloadsOf } from '../../core/version/workload.ts';
import type { ActionContext } from '../context.ts';
import { environmentsByName } from '../environments/known/known-environments.ts';
import { removeUnwanted } from '../leftovers/unwanted.ts';

/** Which pointer. */
interface Pointer {
  readonly app: string;
  readonly environment: string;
}

/** A record that takes the place of another. */
export interface Succession {
  readonly before: ReleaseRecord | undefined;
  readonly after: ReleaseRecord;
}

/** Whether releases before or after hold on to a configuration. */
export function concernsConfigurations({ before, after }: Succession): boolean {
  return configurationsOf(before).length > 0 || configurationsOf(after).length > 0;
}

/**
 * Takes back the note that a version is to run in an environment, where that holds for what it was released with alone:
 * with what the environment says now it doesn't run there. To be done while the release still holds on to it.
 */
export async function forgetFormer(
  namespace: Namespace,
  { app, environment }: Pointer,
  { before, after }: Succession,
  state: NamespaceState,
  { emit }: Pick<ActionContext, 'emit'>,
): Promise<void> {
  const former = before?.previous;
  if (former?.config === undefined) return;
  if ([after.version, after.previous?.version].includes(former.version)) return;
  if (configurationInForce(before, former.version) !== former.config) return;
  const version = state.versions.find((each) => each.app === app && each.name === former.version);
  if (version === undefined || !version.runsIn.includes(environment)) return;
  // What was made for the release meanwhile may be its own, too.
  if (runsWithValuesOfNow(version, environment, await namespace.observe())) return;
  await namespace.removeRunsIn(version, environment);
  const text = `${former.version} no longer runs in ${environment}: it ran with what it was released with; \`fox deploy ${former.version} -e ${environment}\` runs it with what ${environment} says now`;
  emit({ type: 'info', text });
}

function runsWithValuesOfNow(
  { manifest }: StoredVersion,
  name: string,
  state: Pick<NamespaceState, 'environments' | 'workloads'>,
): boolean {
  const environment = environmentsByName(state).get(name);
  if (environment === undefined) return false;
  const running = new Set(state.workloads.map(workloadKey));
  return [...workloadsOf(manifest, environment).values()].every((each) => running.has(workloadKey(each)));
}

/** Configurations that no release names: left by one that never came to be, or that was ended before it had tidied up. */
export function unnamedConfigurations({
  releases,
  configurations,
}: Pick<NamespaceState, 'releases' | 'configurations'>): StoredConfiguration[] {
  return configurations.filter(({ app, name, environment }) => {
    const record = releases.records.get(environment.name)?.get(app);
    return !configurationsOf(record).includes(name);
  });
}

/**
 * Deletes configurations of an app in an environment that its release doesn't name, and the workloads and values of
 * secrets that only they needed. No router may still need them. `before` is the namespace before the release.
 */
export async function removeFormer(
  namespace: Namespace,
  { app, environment }: Pointer,
  before: NamespaceState,
): Promise<void> {
  const now = await namespace.observe();
  const former = unnamedConfigurations(now).filter(
    (each) => each.app === app && each.environment.name === environment,
  );
  for (const each of former) await namespace.deleteConfiguration(each);
  await removeUnwanted(namespace, { onlyOf: before.versions.filter((version) => version.app === app) });
  if (former.some(({ environment: { secrets } }) => secrets !== undefined)) {
    const configurations = now.configurations.filter((each) => !former.includes(each));
    await namespace.secrets.removeUnused({ environments: now.environments, configurations });
  }
}
