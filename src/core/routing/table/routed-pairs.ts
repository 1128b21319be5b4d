// Pairs of a version and a virtual environment, as a router knows them: what each runs, which are live, and what they ran until a moment ago.
import type { Environment } from '../../environments/environment.ts';
import { type Fabric, Fabrics } from './fabric.ts';
import { FormerPairs } from './former-pairs.ts';
import type { RoutedVersion } from './routed-version.ts';

/** Live pairs of one version that run the same workloads. */
export interface LivePairs {
  readonly version: RoutedVersion;
  /** At least one; sorted. */
  readonly environments: readonly string[];
  /** Workload keys by component. */
  readonly workloads: ReadonlyMap<string, string>;
}

/** What pairs are made of, besides versions. */
export interface InForce {
  /** Names of the environments. */
  readonly names: () => Iterable<string>;
  /** What is in force for a version in an environment; undefined: nothing can be. */
  readonly environmentFor: (version: RoutedVersion, environment: string) => Environment | undefined;
}

/** Mutable; each change is one call. What a change concerns is worked out when it is next looked at. */
export class RoutedPairs {
  readonly #inForce: InForce;
  readonly #versions = new Map<string, Map<string, Fabrics>>();
  readonly #former = new FormerPairs();
  /** Number of pods by workload key. */
  readonly #pods = new Map<string, number>();
  /** Versions of which it isn't known what they run in every environment. */
  readonly #unprepared = new Set<Fabrics>();
  /** Environments in which something else is in force since a version was last looked at. */
  readonly #stale = new Map<Fabrics, (readonly string[])[]>();
  /** Answers of {@link live} by workload key, until something changes. */
  readonly #live = new Map<string, readonly LivePairs[]>();

  constructor(inForce: InForce) {
    this.#inForce = inForce;
  }

  /** Adds a version that isn't there. */
  add(version: RoutedVersion): void {
    const { app, name } = version;
    const fabrics = new Fabrics(version, (environment) => this.#inForce.environmentFor(version, environment));
    const versions = this.#versions.get(app) ?? new Map<string, Fabrics>();
    this.#versions.set(app, versions.set(name, fabrics));
    this.#unprepared.add(fabrics);
    this.#live.clear();
  }

  /** Removes a version, if it is there. */
  delete(app: string, name: string): void {
    const fabrics = this.of(app, name);
    if (fabrics === undefined) return;
    for (const environment of fabrics.version.runsIn)
      this.#noteFormer(fabrics, environment, fabrics.forget(environment));
    this.#unprepared.delete(fabrics);
    const versions = this.#versions.get(app);
    if (versions?.delete(name) === true && versions.size === 0) this.#versions.delete(app);
    this.#live.clear();
  }

  /** Apps that have versions. */
  get apps(): Iterable<string> {
    return this.#versions.keys();
  }

  /** Names of an app's versions. */
  names(app: string): Iterable<string> {
    return this.#versions.get(app)?.keys() ?? [];
  }

  version(app: string, name: string): RoutedVersion | undefined {
    return this.#versions.get(app)?.get(name)?.version;
  }

  /** What a version runs in each environment. */
  of(app: string, name: string): Fabrics | undefined {
    const fabrics = this.#versions.get(app)?.get(name);
    if (fabrics !== undefined) this.#refresh(fabrics);
    return fabrics;
  }

  /** In these environments something else is in force, for all versions. */
  changeEnvironments(environments: readonly string[]): void {
    if (environments.length === 0) return;
    this.#live.clear();
    for (const versions of this.#versions.values())
      for (const fabrics of versions.values()) this.#markStale(fabrics, environments);
  }

  /** In an environment something else is in force, for one version. */
  change(app: string, version: string, environment: string): void {
    this.#live.clear();
    const fabrics = this.#versions.get(app)?.get(version);
    if (fabrics !== undefined) this.#markStale(fabrics, [environment]);
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
   * Works out what one more version runs in every environment, which {@link live} would otherwise have to do for all at once.
   * @returns whether there is more to prepare.
   */
  prepareNext(): boolean {
    const [fabrics] = this.#unprepared;
    if (fabrics === undefined) return false;
    this.#unprepared.delete(fabrics);
    this.#refresh(fabrics);
    fabrics.across(this.#inForce.names());
    return this.#unprepared.size > 0;
  }

  /** Whether a pair is live: meant to run, or all that it needs has a pod. */
  isLive({ app, name, runsIn }: RoutedVersion, environment: string): boolean {
    const workloads = this.of(app, name)?.in(environment)?.workloads;
    return workloads !== undefined && (runsIn.has(environment) || this.#allHavePods(workloads));
  }

  /**
   * The live pairs of an app in which `workload` is the workload of `component`. A workload that is in none any more is in
   * those that it was in a moment ago.
   */
  live(app: string, component: string, workload: string): readonly LivePairs[] {
    const known = this.#live.get(workload);
    if (known !== undefined) return known;
    const pairs: LivePairs[] = [];
    const names = this.#inForce.names();
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
    if (pairs.length === 0) return this.#formerWith(app, component, workload);
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
    const former = this.#former.of(app, name, environment);
    return former.find(({ workloads }) => workloads.get(component) === workload)?.workloads;
  }

  #formerWith(app: string, component: string, workload: string): LivePairs[] {
    const former = this.#former.withWorkload(app, component, workload);
    return former.map(({ version, environment, workloads }) => ({
      version,
      environments: [environment],
      workloads,
    }));
  }

  #allHavePods(workloads: ReadonlyMap<string, string>): boolean {
    for (const workload of workloads.values()) if (!this.#pods.has(workload)) return false;
    return true;
  }

  /** Many versions in many environments take their time: each is refreshed when it is next looked at. */
  #markStale(fabrics: Fabrics, environments: readonly string[]): void {
    const stale = this.#stale.get(fabrics) ?? [];
    stale.push(environments);
    this.#stale.set(fabrics, stale);
    this.#unprepared.add(fabrics);
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
