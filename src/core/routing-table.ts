// All that a router knows of the cluster, indexed for decisions: changed one object at a time, read many times.
import { canonicalJson } from './canonical.ts';
import type { Environment } from './environment.ts';
import { Fabrics } from './fabric.ts';
import { RouteMatcher } from './route-matcher.ts';
import type { RouteTarget, RoutedVersion } from './routed-version.ts';

/** Live pairs of one version that run the same workloads. */
export interface LivePairs {
  readonly version: RoutedVersion;
  /** At least one; sorted. */
  readonly environments: readonly string[];
  /** Workload keys by component. */
  readonly workloads: ReadonlyMap<string, string>;
}

/** Released versions of a virtual environment by app. */
export type ReleasedVersions = ReadonlyMap<string, string>;

/**
 * Mutable, but each change is one synchronous call after which everything agrees, and nothing that it hands out changes;
 * so a decision made in one go sees one moment.
 */
export class RoutingTable {
  readonly #versions = new Map<string, Map<string, Fabrics>>();
  /** Why versions can't be read, by app and name. */
  readonly #damaged = new Map<string, Map<string, string>>();
  readonly #environments = new Map<string, Environment>();
  readonly #defaults = new Set<string>();
  #releases: ReadonlyMap<string, ReleasedVersions> = new Map();
  /** Routes of what is released, by virtual environment; compiled when first needed. */
  readonly #releasedRoutes = new Map<string, RouteMatcher<RouteTarget>>();
  /** Number of pods by workload key. */
  readonly #pods = new Map<string, number>();
  /** Versions of which it isn't known what they run in every environment. */
  readonly #unprepared = new Set<Fabrics>();
  /** Answers of {@link livePairs} by workload key, until something changes. */
  readonly #live = new Map<string, readonly LivePairs[]>();

  setVersion(version: RoutedVersion): void {
    this.deleteVersion(version.app, version.name);
    const fabrics = new Fabrics(version);
    put(this.#versions, version.app, version.name, fabrics);
    this.#unprepared.add(fabrics);
  }

  /** A version whose object can't be read, and why. */
  setDamaged(app: string, name: string, why: string): void {
    this.deleteVersion(app, name);
    put(this.#damaged, app, name, why);
  }

  deleteVersion(app: string, name: string): void {
    const fabrics = this.#versions.get(app)?.get(name);
    if (fabrics !== undefined) this.#unprepared.delete(fabrics);
    take(this.#versions, app, name);
    take(this.#damaged, app, name);
    this.#live.clear();
    for (const [environment, versions] of this.#releases)
      if (versions.get(app) === name) this.#releasedRoutes.delete(environment);
  }

  setEnvironment(environment: Environment, isDefault: boolean): void {
    const before = this.#environments.get(environment.name);
    if (before === undefined || canonicalJson(before.vars) !== canonicalJson(environment.vars))
      this.#forget(environment.name);
    this.#environments.set(environment.name, environment);
    if (isDefault) this.#defaults.add(environment.name);
    else this.#defaults.delete(environment.name);
  }

  deleteEnvironment(name: string): void {
    this.#forget(name);
    this.#environments.delete(name);
    this.#defaults.delete(name);
  }

  /** Released versions by virtual environment, then app. Environments whose releases are the same keep their compiled routes. */
  setReleases(releases: ReadonlyMap<string, ReleasedVersions>): void {
    for (const environment of this.#releasedRoutes.keys()) {
      const after = releases.get(environment) ?? new Map();
      if (!isSame(this.released(environment), after)) this.#releasedRoutes.delete(environment);
    }
    this.#releases = releases;
  }

  /** Counts the pods of a workload: 1 for a new one, -1 for one that is gone. */
  countPod(workload: string, change: 1 | -1): void {
    const before = this.#pods.get(workload) ?? 0;
    const after = before + change;
    if (after <= 0) this.#pods.delete(workload);
    else this.#pods.set(workload, after);
    if (before === 0 || after <= 0) this.#live.clear();
  }

  /**
   * Works out what one more version runs in every environment, which {@link livePairs} would otherwise have to do for all
   * at once. @returns whether there is more to prepare.
   */
  prepareNext(): boolean {
    const [fabrics] = this.#unprepared;
    if (fabrics === undefined) return false;
    this.#unprepared.delete(fabrics);
    fabrics.across(this.#environments.values());
    return this.#unprepared.size > 0;
  }

  /** Apps that have versions, damaged ones included; sorted. */
  get apps(): string[] {
    return [...new Set([...this.#versions.keys(), ...this.#damaged.keys()])].toSorted();
  }

  version(app: string, name: string): RoutedVersion | undefined {
    return this.#versions.get(app)?.get(name)?.version;
  }

  /** Names of an app's versions that can be routed to. */
  versionNames(app: string): string[] {
    return [...(this.#versions.get(app)?.keys() ?? [])];
  }

  /** Why a version can't be read; undefined if it can, or isn't there. */
  damage(app: string, name: string): string | undefined {
    return this.#damaged.get(app)?.get(name);
  }

  /** Names of virtual environments; sorted. */
  get environments(): string[] {
    return [...this.#environments.keys()].toSorted();
  }

  hasEnvironment(name: string): boolean {
    return this.#environments.has(name);
  }

  /** Where traffic goes that doesn't say where; the first by name, should several claim it. */
  get defaultEnvironment(): string | undefined {
    if (this.#defaults.size > 1) return [...this.#defaults].toSorted()[0];
    const [only] = this.#defaults;
    return only;
  }

  /** What is released in a virtual environment. */
  released(environment: string): ReleasedVersions {
    return this.#releases.get(environment) ?? new Map();
  }

  /** The routes of all that is released in a virtual environment and exists. */
  releasedRoutes(environment: string): RouteMatcher<RouteTarget> {
    let matcher = this.#releasedRoutes.get(environment);
    if (matcher === undefined) {
      const versions = [...this.released(environment)].map(([app, name]) => this.version(app, name));
      matcher = new RouteMatcher(
        versions.flatMap(
          (version) => version?.routesIn(this.#environments.get(environment) ?? { vars: {} }) ?? [],
        ),
      );
      this.#releasedRoutes.set(environment, matcher);
    }
    return matcher;
  }

  /** Workload keys by component of a version in a virtual environment; undefined if either doesn't exist. */
  workloads({ app, name }: RoutedVersion, environment: string): ReadonlyMap<string, string> | undefined {
    const known = this.#environments.get(environment);
    return known === undefined ? undefined : this.#versions.get(app)?.get(name)?.in(known).workloads;
  }

  /** Whether (version, environment) is a live pair: meant to run there, or all that it needs has a pod. */
  isLive(version: RoutedVersion, environment: string): boolean {
    const workloads = this.workloads(version, environment);
    return workloads !== undefined && (version.runsIn.has(environment) || this.#allHavePods(workloads));
  }

  /** The live pairs of an app in which `workload` is the workload of `component`. */
  livePairs(app: string, component: string, workload: string): readonly LivePairs[] {
    const known = this.#live.get(workload);
    if (known !== undefined) return known;
    const pairs: LivePairs[] = [];
    for (const fabrics of this.#versions.get(app)?.values() ?? []) {
      const { version } = fabrics;
      for (const { workloads, environments } of fabrics.across(this.#environments.values())) {
        if (workloads.get(component) !== workload) continue;
        const all = this.#allHavePods(workloads);
        const live = [...environments].filter((environment) => all || version.runsIn.has(environment));
        if (live.length > 0) pairs.push({ version, environments: live.toSorted(), workloads });
      }
    }
    this.#live.set(workload, pairs);
    return pairs;
  }

  #allHavePods(workloads: ReadonlyMap<string, string>): boolean {
    for (const workload of workloads.values()) if (!this.#pods.has(workload)) return false;
    return true;
  }

  #forget(environment: string): void {
    this.#live.clear();
    for (const versions of this.#versions.values()) {
      for (const fabrics of versions.values()) {
        fabrics.forget(environment);
        this.#unprepared.add(fabrics);
      }
    }
  }
}

function put<T>(index: Map<string, Map<string, T>>, app: string, name: string, value: T): void {
  const names = index.get(app) ?? new Map<string, T>();
  index.set(app, names.set(name, value));
}

function take<T>(index: Map<string, Map<string, T>>, app: string, name: string): void {
  const names = index.get(app);
  if (names?.delete(name) === true && names.size === 0) index.delete(app);
}

function isSame(a: ReleasedVersions, b: ReleasedVersions): boolean {
  return a.size === b.size && [...a].every(([app, version]) => b.get(app) === version);
}
