// Which workloads are wanted, and by whom: the union over all versions and the environments they run in.
import type { Environment } from '../environments/environment.ts';
import type { ManifestComponent, VersionManifest } from '../version/manifest.ts';
import { type Workload, workloadKey, workloadsOf } from '../version/workload.ts';

/** A version and where it is meant to run. */
export interface RunningVersion {
  readonly manifest: VersionManifest;
  /** Virtual environments asked for by deploy and release. */
  readonly runsIn: readonly string[];
  /** Configurations that releases of it hold on to. Absent: none. */
  readonly held?: readonly HeldConfiguration[];
  /** Virtual environments in which nothing is in force for it: what its release there holds on to is gone. Absent: none. */
  readonly lost?: readonly string[];
}

/** What a release in a stable environment, be it the current or the previous one, holds on to. */
export interface HeldConfiguration {
  readonly environment: Environment;
  /** It stands for the environment of its name, whatever that says now; otherwise it is only kept for a rollback. */
  readonly isInForce: boolean;
}

/**
 * What a version runs with in a virtual environment: what its release there holds on to, else what the environment says.
 * Never the latter in place of the former: routers wouldn't serve it, and what the release promises would be broken.
 */
export function environmentFor(
  { held = [], lost = [] }: Pick<RunningVersion, 'held' | 'lost'>,
  name: string,
  known: ReadonlyMap<string, Environment>,
): Environment | undefined {
  if (lost.includes(name)) return undefined;
  const inForce = held.find(({ environment, isInForce }) => isInForce && environment.name === name);
  return inForce?.environment ?? known.get(name);
}

/** The environments that a version is to run in, each as it is in force for it; then what else it holds on to. */
export function environmentsOf(
  version: Pick<RunningVersion, 'runsIn' | 'held' | 'lost'>,
  known: ReadonlyMap<string, Environment>,
): Environment[] {
  const inForce = version.runsIn.flatMap((name) => environmentFor(version, name, known) ?? []);
  return [...new Set([...inForce, ...(version.held ?? []).map(({ environment }) => environment)])];
}

/** One (version, environment) that wants a workload. */
export interface Want {
  readonly version: string;
  readonly environment: string;
}

/** A workload with everybody who wants it. */
export interface WantedWorkload {
  readonly workload: Workload;
  readonly wants: readonly Want[];
  /** What each of these versions says of the component, in their order. */
  readonly definitions: readonly ManifestComponent[];
  /** The most pods that anyone wants of it. */
  readonly replicas: number;
}

/** Wanted workloads by key. Environments that don't exist want nothing. */
export function wantedWorkloads(
  versions: Iterable<RunningVersion>,
  known: ReadonlyMap<string, Environment>,
): Map<string, WantedWorkload> {
  return wantedBy(
    [...versions].map((version) => ({
      manifest: version.manifest,
      environments: environmentsOf(version, known),
    })),
  );
}

/** What versions want, each in the environments that are given with it, by key. */
export function wantedBy(
  versions: Iterable<{ readonly manifest: VersionManifest; readonly environments: readonly Environment[] }>,
): Map<string, WantedWorkload> {
  const wanted = new Map<string, Draft>();
  for (const { manifest, environments } of versions) {
    for (const environment of environments) {
      for (const workload of workloadsOf(manifest, environment).values()) {
        const key = workloadKey(workload);
        const draft = wanted.get(key) ?? { workload, wants: [], definitions: [], replicas: 0 };
        draft.workload = workload;
        draft.wants.push({ version: manifest.version, environment: environment.name });
        draft.definitions.push(workload.definition);
        draft.replicas = Math.max(draft.replicas, workload.definition.replicas);
        wanted.set(key, draft);
      }
    }
  }
  return wanted;
}

/** A wanted workload while those who want it are collected. */
interface Draft {
  workload: Workload;
  readonly wants: Want[];
  readonly definitions: ManifestComponent[];
  replicas: number;
}

/** Distinct version names of wants, in their order. */
export function versionsOf(wants: readonly Want[]): string[] {
  return [...new Set(wants.map(({ version }) => version))];
}
