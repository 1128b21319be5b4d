// The plan of a deployment: its manifest minus what the cluster already has, with a reason for each component.
import type { Environment } from '../environments/environment.ts';
import { shortHash } from '../labels.ts';
import type { VersionManifest } from '../version/manifest.ts';
import { planSettings, settingsOf, type SettledWorkload } from './settings-plan.ts';
import { changeExplainer } from './change-reason.ts';
import { reasonOf } from './component-reason.ts';
import { findForks, type Fork } from './fork.ts';
import { findSurplus, type Scaling, type Surplus } from './surplus.ts';
import { type RunningVersion, versionsOf, wantedBy, type WantedWorkload, wantedWorkloads } from './wanted.ts';
import { type Workload, workloadKey, workloadsOf } from '../version/workload.ts';

/** What a plan is made from: all of it already read. */
export interface PlanInput {
  /** The version to deploy; images that aren't known yet are `''`. */
  readonly manifest: VersionManifest;
  /** Where it is to run; the first one is what was asked for. */
  readonly environments: readonly [Environment, ...Environment[]];
  /** The app's versions in the cluster, oldest first, without the one that this plan replaces. */
  readonly versions: readonly RunningVersion[];
  /** That one, as it is now. */
  readonly replaces?: RunningVersion | undefined;
  /** All virtual environments by name. */
  readonly known: ReadonlyMap<string, Environment>;
  /** Replicas of the app's workloads that the cluster has, by workload key. */
  readonly running: ReadonlyMap<string, number>;
  /** How many of `versions` are older than this one. Default: all. */
  readonly position?: number | undefined;
  /** Settings in no hash that are noted on them, by workload key; those that have none are left out. */
  readonly noted?: ReadonlyMap<string, string>;
  /** Who else than fox has set the number of pods, by workload key; those whose number is fox's are left out. */
  readonly setBy?: ReadonlyMap<string, string>;
  /** Something that the app's versions name is missing: what they want can't be told, and no pods are taken away. */
  readonly isUnclear?: boolean;
}

/** `none`: the workload runs · `reuse`: its image exists · `build`: neither. */
export type PlanAction = 'none' | 'reuse' | 'build';

/** What happens to one component. */
export interface PlannedComponent {
  readonly name: string;
  readonly action: PlanAction;
  /** Workload hash, 40 hex digits. */
  readonly workload: string;
  /** Source hash, 40 hex digits. */
  readonly sourceHash: string;
  /** Digest of its image, where known before a build. */
  readonly image?: string;
  readonly reason: string;
  /** Other versions that the same pods serve. */
  readonly sharedWith: readonly string[];
  /** Why it runs apart from what other environments run; absent: it doesn't, or for what is new in the version. */
  readonly fork?: Fork;
}

/** A plan: what a run carries out, and what `--dry-run` and `plan` show. */
export interface Plan {
  readonly components: readonly PlannedComponent[];
  /** Components to build, by name. */
  readonly build: readonly string[];
  /** Workloads to create, over all environments. */
  readonly create: readonly Workload[];
  /** Existing workloads that need more pods than they have: none, or fewer and nothing scales them by load. */
  readonly scale: readonly Scaling[];
  /** Workloads of the app that have more pods than anybody wants, and whose number fox has set. */
  readonly fewer: readonly Scaling[];
  /** Workloads that it uses whose settings, of those that are in no hash, have to be changed; also new ones. */
  readonly settle: readonly SettledWorkload[];
  /** Workloads that it uses and that run already. */
  readonly keep: readonly Workload[];
  /** Pods of the app, now and after. */
  readonly pods: { readonly before: number; readonly after: number };
}

/** Makes the plan. Pure: the same input gives the same plan. */
export function makePlan(input: PlanInput): Plan {
  const { manifest, environments, running } = input;
  const own = wantedBy([{ manifest, environments }]);
  const wanted = [...own];
  const others = wantedWorkloads(input.versions, input.known);
  const joined = new Map(wanted.map(([key, each]) => [key, withOthers(each, others.get(key), input)]));
  const create = wanted.filter(([key]) => !running.has(key)).map(([, { workload }]) => workload);
  const kept = wanted.filter(([key]) => running.has(key));
  const scale = kept
    .filter(([key, { replicas }]) => needsPods(running.get(key) ?? 0, replicas, joined.get(key)))
    .map(([key, { workload, replicas }]) => ({ workload, before: running.get(key) ?? 0, replicas }));
  const surplus = surplusOf(input, [joined, others]);
  const fewer = surplus.filter(({ setBy }) => setBy === undefined);
  const before = [...running.values()].reduce((sum, replicas) => sum + replicas, 0);
  const created = create.reduce((sum, { definition }) => sum + definition.replicas, 0);
  const scaled = [...scale, ...fewer].reduce((sum, each) => sum + each.replicas - each.before, 0);
  const components = planComponents(input, { own, others }, { scale, surplus });
  return {
    components,
    build: buildsOf(manifest, create),
    create,
    scale,
    fewer,
    settle: planSettings(joined, input.noted ?? new Map()),
    keep: kept.map(([, { workload }]) => workload),
    pods: { before, after: before + created + scaled },
  };
}

/** What the app has too many pods of, by this version and by all others; what this one holds on to counts, too. */
function surplusOf(
  { manifest, replaces, known, running, setBy = new Map(), isUnclear = false }: PlanInput,
  wanted: readonly ReadonlyMap<string, WantedWorkload>[],
): Surplus[] {
  if (isUnclear) return [];
  const held = replaces === undefined ? [] : [wantedWorkloads([{ ...replaces, manifest }], known)];
  return findSurplus([...wanted, ...held], running, setBy);
}

/** A wanted workload with what others say of it, by age: as it will be seen once this version is there. */
function withOthers(
  own: WantedWorkload,
  other: WantedWorkload | undefined,
  { versions, position = versions.length }: PlanInput,
): WantedWorkload {
  if (other === undefined) return own;
  const older = new Set(versions.slice(0, position).map(({ manifest }) => manifest.version));
  const at = other.wants.filter(({ version }) => older.has(version)).length;
  return { ...own, definitions: other.definitions.toSpliced(at, 0, ...own.definitions) };
}

/** Autoscalers leave alone what somebody has scaled to none. */
function needsPods(now: number, replicas: number, wanted: WantedWorkload | undefined): boolean {
  if (now >= replicas) return false;
  return now === 0 || wanted === undefined || settingsOf(wanted).autoscale === undefined;
}

/** Components whose image is missing, and of which a workload is to be created. */
function buildsOf(manifest: VersionManifest, create: readonly Workload[]): string[] {
  const needed = new Set(create.map(({ component }) => component));
  return Object.entries(manifest.components)
    .filter(([name, { image }]) => image === '' && needed.has(name))
    .map(([name]) => name);
}

/** Workloads by key: of the version to deploy, and of all others. */
interface Wanted {
  readonly own: ReadonlyMap<string, WantedWorkload>;
  readonly others: ReadonlyMap<string, WantedWorkload>;
}

function planComponents(
  input: PlanInput,
  { own, others }: Wanted,
  { scale, surplus }: { readonly scale: readonly Scaling[]; readonly surplus: readonly Surplus[] },
): PlannedComponent[] {
  const scaled = new Map<string, Surplus>(
    [...scale, ...surplus].map((each) => [workloadKey(each.workload), each]),
  );
  const { manifest, environments, versions, replaces, known, running } = input;
  const [asked, ...further] = environments;
  const earlier = replaces === undefined ? versions : [...versions, replaces];
  const explain = changeExplainer({ manifest, environment: asked }, earlier, known);
  const missing = missingElsewhere(own, asked, running);
  const workloads = workloadsOf(manifest, asked);
  const forks = findForks({
    manifest,
    environment: asked,
    workloads,
    further,
    versions,
    known,
    wanted: (key) => joinedWants(own.get(key), others.get(key)),
  });
  return [...workloads].map(([name, workload]) => {
    const fork = forks.get(name);
    const { image, sourceHash } = workload.definition;
    const key = workloadKey(workload);
    const missingIn = missing.get(name) ?? [];
    const where = {
      version: manifest.version,
      now: running.get(key),
      scaling: scaled.get(key),
      missingIn,
      fork,
    };
    const sharedWith = versionsOf(others.get(key)?.wants ?? []);
    return {
      name,
      action: where.now !== undefined && missingIn.length === 0 ? 'none' : image === '' ? 'build' : 'reuse',
      workload: shortHash(workload.hash),
      sourceHash: shortHash(sourceHash),
      ...(image === '' ? {} : { image }),
      reason: reasonOf(where, sharedWith, () => explain(name)),
      sharedWith,
      ...(fork === undefined ? {} : { fork }),
    };
  });
}

/** A workload with everybody who wants it, of this version and of others. */
function joinedWants(own?: WantedWorkload, other?: WantedWorkload): WantedWorkload | undefined {
  if (own === undefined || other === undefined) return own ?? other;
  return { ...own, wants: [...own.wants, ...other.wants] };
}

/** Environments other than the one asked for in which components are needed and don't run, by component. */
function missingElsewhere(
  own: ReadonlyMap<string, WantedWorkload>,
  asked: Environment,
  running: ReadonlyMap<string, number>,
): Map<string, string[]> {
  const missing = new Map<string, string[]>();
  for (const [key, { workload, wants }] of own) {
    if (running.has(key)) continue;
    const places = missing.get(workload.component) ?? [];
    for (const { environment } of wants) if (environment !== asked.name) places.push(environment);
    missing.set(workload.component, places);
  }
  return missing;
}
