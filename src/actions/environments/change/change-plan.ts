// What a change of virtual environments needs and leaves behind: the workloads of all that runs in them, before and after.
import type { NamespaceState } from '../../../cluster/namespace.ts';
import type { StoredVersion } from '../../../cluster/objects/version-object.ts';
import type { DeployedWorkload, Origin } from '../../../cluster/objects/workload-object.ts';
import type { Environment } from '../../../core/environments/environment.ts';
import type { EnvironmentDefinitions } from '../../../core/environments/environment-definition.ts';
import { descendantsOf } from '../../../core/environments/inheritance.ts';
import { settingsOf } from '../../../core/plan/settings-plan.ts';
import { type Want, type WantedWorkload, wantedWorkloads } from '../../../core/plan/wanted.ts';
import { type Workload, workloadKey } from '../../../core/version/workload.ts';
import { unwantedWorkloads } from '../../leftovers/unwanted.ts';
import { surplusPods } from '../../rollout/scaling.ts';
import {
  type ChangedEnvironment,
  changedEnvironments,
  definitionsAfter,
  type EnvironmentChange,
} from './environment-change.ts';
import { definitionsOf, environmentsByName } from '../known/known-environments.ts';

/** All that a change comes to. */
export interface ChangePlan {
  readonly change: EnvironmentChange;
  readonly before: EnvironmentDefinitions;
  readonly after: EnvironmentDefinitions;
  /** The namespace with what is written, before anything is made or removed. */
  readonly next: NamespaceState;
  readonly environments: readonly ChangedEnvironment[];
  /** Names of those that are other than before: by themselves, or by what they inherit. */
  readonly affected: ReadonlySet<string>;
  /** Workloads that are needed afterwards and don't run, each with the version that it is made for. */
  readonly create: readonly PlannedWorkload[];
  /** Workloads that have fewer pods than they will need. */
  readonly scale: readonly { readonly workload: Workload; readonly replicas: number }[];
  /** Workloads that run already and are newly needed: they have to be ready, too. */
  readonly keep: readonly Workload[];
  /** Workloads that nothing needs afterwards. */
  readonly remove: readonly DeployedWorkload[];
  /** Pods in the namespace. */
  readonly pods: { readonly before: number; readonly after: number };
}

/** A workload to make, and what it is made for. */
export interface PlannedWorkload {
  readonly workload: Workload;
  readonly origin: Origin;
}

/** Plans a change. Pure; validates nothing. */
export function planChange(state: NamespaceState, change: EnvironmentChange): ChangePlan {
  const before = definitionsOf(state.environments);
  const after = definitionsAfter(before, change);
  const next = stateAfter(state, change);
  const environments = changedEnvironments(before, change);
  const named = environments.map(({ name }) => name);
  const affected = new Set(
    named.flatMap((name) => [name, ...descendantsOf(before, name), ...descendantsOf(after, name)]),
  );
  const versions = state.versions.filter(({ runsIn }) => runsIn.some((name) => affected.has(name)));
  const wanted = wantedIn(versions, affected, environmentsByName(next));
  const wantedBefore = wantedIn(versions, affected, environmentsByName(state));
  const running = new Map(state.workloads.map((each) => [workloadKey(each), each.replicas]));
  const missing = [...wanted].filter(([key]) => !running.has(key)).map(([, each]) => each);
  const kept = [...wanted].filter(([key, each]) => running.has(key) && isNew(each, wantedBefore.get(key)));
  const scale = kept
    .filter(([key, each]) => needsPods(running.get(key) ?? 0, each))
    .map(([, { workload, replicas }]) => ({ workload, replicas }));
  const remove = leaving(next, versions, wantedBefore);
  const pods = [...running.values()].reduce((sum, each) => sum + each, 0);
  const made = missing.reduce((sum, { workload }) => sum + workload.definition.replicas, 0);
  const scaled = scale.reduce(
    (sum, { workload, replicas }) => sum + replicas - (running.get(workloadKey(workload)) ?? 0),
    0,
  );
  const fewer = surplusPods(next).reduce((sum, each) => sum + each.before - each.replicas, 0);
  return {
    change,
    before,
    after,
    next,
    environments,
    affected,
    create: missing.map((each) => ({ workload: each.workload, origin: originOf(each, versions) })),
    scale,
    keep: kept.map(([, { workload }]) => workload),
    remove,
    pods: {
      before: pods,
      after: pods + made + scaled - fewer - remove.reduce((sum, { replicas }) => sum + replicas, 0),
    },
  };
}

/** The environments of a namespace once a change is written. */
export function stateAfter(state: NamespaceState, { put }: EnvironmentChange): NamespaceState {
  const written = new Map(put.map((definition) => [definition.name, definition]));
  const stored = state.environments.map((each) => {
    const definition = written.get(each.definition.name);
    if (definition === undefined) return each;
    written.delete(definition.name);
    const { damage: _, ...rest } = each;
    return { ...rest, definition };
  });
  const created = [...written.values()].map((definition) => ({
    definition,
    isDefault: false,
    createdAt: '',
    resourceVersion: '',
  }));
  return { ...state, environments: [...stored, ...created] };
}

/** What versions want in some environments; what a release holds on to stays what it is, whatever happens to those. */
function wantedIn(
  versions: readonly StoredVersion[],
  names: ReadonlySet<string>,
  known: ReadonlyMap<string, Environment>,
): Map<string, WantedWorkload> {
  const running = versions.map(({ manifest, runsIn, held, lost }) => {
    const isHeld = (name: string) =>
      held.some(({ environment, isInForce }) => isInForce && environment.name === name);
    return { manifest, runsIn: runsIn.filter((name) => names.has(name) && !isHeld(name)), lost };
  });
  return wantedWorkloads(running, known);
}

/** Somebody wants it who didn't before. */
function isNew({ wants }: WantedWorkload, before: WantedWorkload | undefined): boolean {
  const had = new Set(before?.wants.map(wantKey));
  return wants.some((want) => !had.has(wantKey(want)));
}

function wantKey({ version, environment }: Want): string {
  return `${environment} ${version}`;
}

/** Autoscalers leave alone what somebody has scaled to none. */
function needsPods(now: number, wanted: WantedWorkload): boolean {
  return now < wanted.replicas && (now === 0 || settingsOf(wanted).autoscale === undefined);
}

function originOf({ workload, wants }: WantedWorkload, versions: readonly StoredVersion[]): Origin {
  const name = wants[0]?.version ?? '';
  const version = versions.find((each) => each.app === workload.app && each.name === name);
  return { version: name, commit: version?.commit ?? '' };
}

/**
 * What is needed before and not afterwards; and what an earlier change of these environments that was interrupted or
 * failed has left behind: it is of a component of what runs there, and nothing needs it either.
 */
function leaving(
  next: NamespaceState,
  versions: readonly StoredVersion[],
  wantedBefore: ReadonlyMap<string, WantedWorkload>,
): DeployedWorkload[] {
  const sources = new Set(
    versions.flatMap(({ app, manifest }) =>
      Object.entries(manifest.components).map(([name, { sourceHash }]) => `${app}/${name}/${sourceHash}`),
    ),
  );
  return unwantedWorkloads(next)
    .map(({ workload }) => workload)
    .filter(
      (each) =>
        wantedBefore.has(workloadKey(each)) ||
        sources.has(`${each.app}/${each.component}/${each.sourceHash}`),
    );
}
