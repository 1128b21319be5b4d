// Forks: components that run apart in a virtual environment because of what that environment says, and not of what the version is.
import type { VariableValue } from '../version/app.ts';
import { canonicalJson } from '../version/canonical.ts';
import { type Environment, resolveSecrets, resolveVariables } from '../environments/environment.ts';
import { deepHashesOf, isScopedByRequest, workloadHashes } from '../version/identity.ts';
import type { PodTemplate, VersionManifest } from '../version/manifest.ts';
import { environmentsOf, type RunningVersion, type Want, type WantedWorkload } from './wanted.ts';
import { type Workload, workloadKey } from '../version/workload.ts';

/** Why a component of a version runs apart from what other virtual environments run, and what that costs. */
export interface Fork {
  /**
   * `own`: variables or secrets of its process have other values · `callee`: something that it calls runs apart, and it
   * forwards no context · `environment`: something that it calls has variables per request, and it forwards no context.
   */
  readonly because: 'own' | 'callee' | 'environment';
  /** Those variables and secrets, or those components. */
  readonly names: readonly string[];
  /** The pair whose workload it would share if that were alike. */
  readonly instead: Want;
  /** Pods of its workload. */
  readonly pods: number;
}

/** A version in an environment, and what else is live. */
export interface ForkQuestion {
  readonly manifest: VersionManifest;
  /** The environment that is looked at. */
  readonly environment: Environment;
  /** The version's workloads in it, by component. */
  readonly workloads: ReadonlyMap<string, Workload>;
  /** Other environments in which the version runs, or is to run. */
  readonly further: readonly Environment[];
  /** Other versions of the app, oldest first. */
  readonly versions: readonly RunningVersion[];
  readonly known: ReadonlyMap<string, Environment>;
  /** Workloads by key that any of these pairs wants. */
  readonly wanted: (key: string) => WantedWorkload | undefined;
}

/** A version in another environment. */
interface Pair {
  readonly manifest: VersionManifest;
  readonly environment: Environment;
}

/**
 * The forks of a version in an environment, by component: workloads that no other environment runs, of components of which
 * another environment runs a workload that would be the same if it had the values of this one. What other versions run in
 * other environments counts only where none of them runs the workload in this one, too: it costs nothing then.
 */
export function findForks(question: ForkQuestion): Map<string, Fork> {
  const { manifest: asked, environment, workloads, wanted } = question;
  const wantsOf = (workload: Workload) => wanted(workloadKey(workload))?.wants ?? [];
  const alone = [...workloads].filter(([, workload]) =>
    wantsOf(workload).every((want) => want.environment === environment.name),
  );
  if (alone.length === 0) return new Map();
  const pairs = nearestFirst(question);
  const here = new Map<VersionManifest, ReadonlyMap<string, string>>();
  const hashHere = (manifest: VersionManifest, component: string) => {
    const hashes = here.get(manifest) ?? workloadHashes(manifest, environment);
    here.set(manifest, hashes);
    return hashes.get(component);
  };
  const explain = explainer(environment);
  return new Map(
    alone.flatMap(([name, workload]) => {
      const { hash, definition } = workload;
      const isShared = wantsOf(workload).some(({ version }) => version !== asked.version);
      const wouldBeSame = (manifest: VersionManifest) =>
        manifest.components[name]?.templateHash === definition.templateHash &&
        hashHere(manifest, name) === hash;
      const pair = pairs.find(({ manifest }) => !(isShared && manifest !== asked) && wouldBeSame(manifest));
      if (pair === undefined) return [];
      const instead = { version: pair.manifest.version, environment: pair.environment.name };
      return [[name, { ...explain(pair, name), instead, pods: definition.replicas }] as const];
    }),
  );
}

/** All pairs of other environments: those of the version itself first, then whoever shares the most with it, then the latest. */
function nearestFirst(question: ForkQuestion): Pair[] {
  const { manifest, environment, workloads, further, versions, known, wanted } = question;
  const isOther = ({ name }: Environment) => name !== environment.name;
  const shared = new Map<string, number>();
  for (const workload of workloads.values()) {
    for (const want of wanted(workloadKey(workload))?.wants ?? [])
      shared.set(pairKey(want), (shared.get(pairKey(want)) ?? 0) + 1);
  }
  const countOf = (pair: Pair) =>
    shared.get(pairKey({ version: pair.manifest.version, environment: pair.environment.name })) ?? 0;
  const bySharing = (pairs: Pair[]) => pairs.toSorted((a, b) => countOf(b) - countOf(a));
  const pairsOf = (version: RunningVersion) =>
    environmentsOf(version, known)
      .filter(isOther)
      .map((each) => ({ manifest: version.manifest, environment: each }));
  return [
    ...bySharing(further.filter(isOther).map((each) => ({ manifest, environment: each }))),
    ...bySharing(versions.toReversed().flatMap(pairsOf)),
  ];
}

function pairKey({ version, environment }: Want): string {
  return `${version} ${environment}`;
}

/** Tells what a component of a pair would have to have in common with `here` to run once. Keeps what it computes. */
function explainer(here: Environment): (pair: Pair, component: string) => Pick<Fork, 'because' | 'names'> {
  // So that only what processes are given makes a difference.
  const underOneName = ({ vars, secrets = {} }: Environment) => ({ name: here.name, vars, secrets });
  const kept = new Map<Pair, { before: Map<string, string>; after: Map<string, string> }>();
  const deepOf = (pair: Pair) => {
    const { components } = pair.manifest;
    const hashes = kept.get(pair) ?? {
      before: deepHashesOf(components, underOneName(pair.environment)),
      after: deepHashesOf(components, underOneName(here)),
    };
    kept.set(pair, hashes);
    return hashes;
  };
  return (pair, name) => {
    const { components } = pair.manifest;
    const template = components[name]?.template ?? { env: {} };
    const own = ownDifferences({ template, environment: pair.environment }, { template, environment: here });
    if (own.length > 0) return { because: 'own', names: own };
    const { before, after } = deepOf(pair);
    const callees = (components[name]?.template.calls ?? []).filter(
      (each) => before.get(each) !== after.get(each),
    );
    if (callees.length > 0) return { because: 'callee', names: callees };
    return { because: 'environment', names: scopedBelow(pair.manifest, name) };
  };
}

/** What of a component's template says which values its process is given. */
type Declaring = Pick<PodTemplate, 'env' | 'secrets'>;

/** Variables and secrets of a component's process that have other values in one environment than in another; sorted. */
export function ownDifferences(
  one: { readonly template: Declaring; readonly environment: Environment },
  other: { readonly template: Declaring; readonly environment: Environment },
): string[] {
  const valuesIn = ({ template, environment }: typeof one) => ({
    ...resolveVariables(template, environment, 'process').values,
    ...resolveSecrets(template, environment),
  });
  return differingNames(valuesIn(one), valuesIn(other));
}

/** Names that have other values in one than in the other; sorted. */
export function differingNames(
  one: Readonly<Record<string, VariableValue>>,
  other: Readonly<Record<string, VariableValue>>,
): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((name) => canonicalJson(one[name] ?? null) !== canonicalJson(other[name] ?? null))
    .toSorted();
}

/** Components with variables per request that a component calls, be it by way of others; sorted. */
export function scopedBelow({ components }: VersionManifest, name: string): string[] {
  const found = new Set<string>(components[name]?.template.calls);
  for (const each of found) for (const callee of components[each]?.template.calls ?? []) found.add(callee);
  return [...found]
    .filter((each) => {
      const component = components[each];
      return component !== undefined && isScopedByRequest(component);
    })
    .toSorted();
}
