// All that a router knows of the cluster, indexed for decisions: changed one object at a time, read many times.
import type { Environment } from './environment.ts';
import type { EnvironmentDefinition } from './environment-definition.ts';
import { type Fabric, Fabrics, type Told } from './fabric.ts';
import { type FormerPair, FormerPairs } from './former-pairs.ts';
import { type Held, HeldConfigurations, type HeldPair } from './held-configurations.ts';
import { RouteMatcher } from './route-matcher.ts';
import { type KnownEnvironments, RoutedEnvironments } from './routed-environments.ts';
import type { RouteTarget, RoutedVersion } from './routed-version.ts';
import { routeProblems } from './rule.ts';

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
  readonly #environments = new RoutedEnvironments();
  readonly #held = new HeldConfigurations();
  readonly #former = new FormerPairs();
  #releases: ReadonlyMap<string, ReleasedVersions> = new Map();
  /** Routes of what is released, by virtual environment; compiled when first needed. */
  readonly #releasedRoutes = new Map<string, RouteMatcher<RouteTarget>>();
  /** Number of pods by workload key. */
  readonly #pods = new Map<string, number>();
  /** Versions of which it isn't known what they run in every environment. */
  readonly #unprepared = new Set<Fabrics>();
  /** Environments in which something else is in force since a version was last looked at. */
  readonly #stale = new Map<Fabrics, (readonly string[])[]>();
  /** Answers of {@link livePairs} by workload key, until something changes. */
  readonly #live = new Map<string, readonly LivePairs[]>();

  setVersion(version: RoutedVersion): void {
    const { app, name } = version;
    this.deleteVersion(app, name);
    const fabrics = new Fabrics(version, (environment) => this.environmentFor(version, environment));
    put(this.#versions, app, name, fabrics);
    this.#unprepared.add(fabrics);
  }

  /** A version whose object can't be read, and why. */
  setDamaged(app: string, name: string, why: string): void {
    this.deleteVersion(app, name);
    put(this.#damaged, app, name, why);
  }

  deleteVersion(app: string, name: string): void {
    const fabrics = this.#fabricsOf(app, name);
    if (fabrics !== undefined) {
      for (const environment of fabrics.version.runsIn)
        this.#noteFormer(fabrics, environment, fabrics.forget(environment));
      this.#unprepared.delete(fabrics);
    }
    take(this.#versions, app, name);
    take(this.#damaged, app, name);
    this.#live.clear();
    for (const [environment, versions] of this.#releases)
      if (versions.get(app) === name) this.#releasedRoutes.delete(environment);
  }

  setEnvironment(definition: EnvironmentDefinition, isDefault: boolean): void {
    this.#forget(this.#environments.set(definition, isDefault));
  }

  /** An environment whose object can't be read, and why. What was known of it goes on being served. */
  setDamagedEnvironment(name: string, why: string): void {
    this.#environments.setDamaged(name, why);
  }

  deleteEnvironment(name: string): void {
    this.#forget(this.#environments.delete(name));
  }

  /** A configuration that releases hold on to, by the name of its ConfigMap. */
  setConfiguration(name: string, configuration: Environment): void {
    this.#forgetPairs(this.#held.set(name, configuration));
  }

  deleteConfiguration(name: string): void {
    this.#forgetPairs(this.#held.delete(name));
  }

  hasConfiguration(name: string): boolean {
    return this.#held.has(name);
  }

  /**
   * Released versions by virtual environment, then app, and what they hold on to. Environments whose releases are the same
   * keep their compiled routes.
   */
  setReleases(releases: ReadonlyMap<string, ReleasedVersions>, held: readonly HeldPair[] = []): void {
    for (const environment of this.#releasedRoutes.keys()) {
      const after = releases.get(environment) ?? new Map();
      if (!isSame(this.released(environment), after)) this.#releasedRoutes.delete(environment);
    }
    this.#releases = releases;
    this.#forgetPairs(this.#held.setPairs(held));
  }

  /** Counts the pods of a workload: 1 for a new one, -1 for one that is gone. */
  countPod(workload: string, change: 1 | -1): void {
    const before = this.#pods.get(workload) ?? 0;
    const after = before + change;
    if (after <= 0) this.#pods.delete(workload);
    else this.#pods.set(workload, after);
    if (before === 0 || after <= 0) this.#live.clear();
  }

  /** Time passes: what has been replaced is forgotten at the second call after that. */
  age(): void {
    for (const fabrics of this.#stale.keys()) this.#refresh(fabrics);
    this.#former.age();
  }

  /**
   * Works out what one more version runs in every environment, which {@link livePairs} would otherwise have to do for all
   * at once. @returns whether there is more to prepare.
   */
  prepareNext(): boolean {
    const [fabrics] = this.#unprepared;
    if (fabrics === undefined) return false;
    this.#unprepared.delete(fabrics);
    this.#refresh(fabrics);
    fabrics.across(this.#environments.names);
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

  /** The virtual environments, to be read. */
  get environments(): KnownEnvironments {
    return this.#environments;
  }

  /** What is in force for a version in an environment: what its release holds on to, else what the environment says. */
  environmentFor(version: RoutedVersion, environment: string): Environment | undefined {
    const held = this.held(version, environment);
    if (held === undefined) return this.#environments.get(environment);
    return 'missing' in held || !this.#environments.has(environment) ? undefined : held;
  }

  /** What the release of a version in an environment holds on to; undefined: nothing. */
  held({ app, name }: RoutedVersion, environment: string): Held | undefined {
    return this.#held.of({ app, version: name, environment });
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
          (version) => version?.routesIn(this.environmentFor(version, environment) ?? { vars: {} }) ?? [],
        ),
      );
      this.#releasedRoutes.set(environment, matcher);
    }
    return matcher;
  }

  /** The routes of a version in an environment. */
  routesOf({ app, name }: RoutedVersion, environment: string): RouteMatcher<RouteTarget> | undefined {
    return this.#fabricsOf(app, name)?.matcherIn(environment);
  }

  /** Why routes of a version match nothing in an environment: `routes.0.env.REGION of ui is required but has no value`. */
  routeProblems(version: RoutedVersion, environment: string): string[] {
    if (!version.hasTemplates) return [];
    const inForce = this.environmentFor(version, environment) ?? { vars: {} };
    return Object.entries(version.components).flatMap(([component, { routes }]) =>
      routeProblems({ routes }, inForce).map(({ path, message }) => `${path} of ${component} ${message}`),
    );
  }

  /** Workload keys by component of a version in a virtual environment; undefined if either doesn't exist. */
  workloads({ app, name }: RoutedVersion, environment: string): ReadonlyMap<string, string> | undefined {
    return this.#fabricsOf(app, name)?.in(environment)?.workloads;
  }

  /** What a component of a version is told with each request of an environment. */
  told({ app, name }: RoutedVersion, environment: string, component: string): Told {
    return this.#fabricsOf(app, name)?.toldIn(environment, component);
  }

  /** What a component of a version, and all below it, is told in an environment, as a text to compare. */
  toldBelow({ app, name }: RoutedVersion, environment: string, component: string): string {
    return this.#fabricsOf(app, name)?.toldBelow(environment, component) ?? '';
  }

  /** Whether (version, environment) is a live pair: meant to run there, or all that it needs has a pod. */
  isLive(version: RoutedVersion, environment: string): boolean {
    const workloads = this.workloads(version, environment);
    return workloads !== undefined && (version.runsIn.has(environment) || this.#allHavePods(workloads));
  }

  /**
   * The live pairs of an app in which `workload` is the workload of `component`. A workload that is in none any more is in
   * those that it was in a moment ago.
   */
  livePairs(app: string, component: string, workload: string): readonly LivePairs[] {
    const known = this.#live.get(workload);
    if (known !== undefined) return known;
    const pairs: LivePairs[] = [];
    const names = this.#environments.names;
    for (const fabrics of this.#versions.get(app)?.values() ?? []) {
      const { version } = fabrics;
      this.#refresh(fabrics);
      for (const { workloads, environments } of fabrics.across(names)) {
        if (workloads.get(component) !== workload) continue;
        const all = this.#allHavePods(workloads);
        const live = [...environments].filter((environment) => all || version.runsIn.has(environment));
        if (live.length > 0) pairs.push({ version, environments: live.toSorted(), workloads });
      }
    }
    if (pairs.length === 0) return this.#formerPairs(app, component, workload);
    this.#live.set(workload, pairs);
    return pairs;
  }

  /** What a version ran in an environment until a moment ago, when `workload` was the workload of `component` there. */
  formerWorkloads(
    { app, name }: Pick<RoutedVersion, 'app' | 'name'>,
    environment: string,
    component: string,
    workload: string,
  ): ReadonlyMap<string, string> | undefined {
    return this.#former
      .of(app, name, environment)
      .find(({ workloads }) => workloads.get(component) === workload)?.workloads;
  }

  #formerPairs(app: string, component: string, workload: string): LivePairs[] {
    return this.#former
      .withWorkload(app, component, workload)
      .map(({ version, environment, workloads }: FormerPair) => ({
        version,
        environments: [environment],
        workloads,
      }));
  }

  #allHavePods(workloads: ReadonlyMap<string, string>): boolean {
    for (const workload of workloads.values()) if (!this.#pods.has(workload)) return false;
    return true;
  }

  /** Environments have other values: what was worked out for them counts no more. */
  #forget(environments: readonly string[]): void {
    if (environments.length === 0) return;
    this.#live.clear();
    for (const environment of environments) this.#releasedRoutes.delete(environment);
    for (const versions of this.#versions.values()) {
      for (const fabrics of versions.values()) {
        this.#forgetIn(fabrics, environments);
      }
    }
  }

  #forgetPairs(pairs: readonly HeldPair[]): void {
    if (pairs.length > 0) this.#live.clear();
    for (const { app, version, environment } of pairs) {
      this.#releasedRoutes.delete(environment);
      const fabrics = this.#versions.get(app)?.get(version);
      if (fabrics !== undefined) this.#forgetIn(fabrics, [environment]);
    }
  }

  /** Many versions in many environments take their time: each is refreshed when it is next looked at. */
  #forgetIn(fabrics: Fabrics, environments: readonly string[]): void {
    const stale = this.#stale.get(fabrics) ?? [];
    stale.push(environments);
    this.#stale.set(fabrics, stale);
    this.#unprepared.add(fabrics);
  }

  #fabricsOf(app: string, name: string): Fabrics | undefined {
    const fabrics = this.#versions.get(app)?.get(name);
    if (fabrics !== undefined) this.#refresh(fabrics);
    return fabrics;
  }

  #refresh(fabrics: Fabrics): void {
    if (this.#stale.size === 0) return;
    const stale = this.#stale.get(fabrics);
    if (stale === undefined) return;
    this.#stale.delete(fabrics);
    for (const environment of new Set(stale.flat()))
      this.#noteFormer(fabrics, environment, fabrics.refresh(environment));
  }

  /** Requests may be under way in what ran until now. */
  #noteFormer({ version }: Fabrics, environment: string, before: Fabric | undefined): void {
    if (before !== undefined && version.runsIn.has(environment))
      this.#former.add({ version, environment, workloads: before.workloads });
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
