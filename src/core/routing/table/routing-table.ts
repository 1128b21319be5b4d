// All that a router knows of the cluster, indexed for decisions: changed one object at a time, read many times.
import type { Environment } from '../../environments/environment.ts';
import type { EnvironmentDefinition } from '../../environments/environment-definition.ts';
import type { Told } from './fabric.ts';
import { type Held, HeldConfigurations, type HeldPair } from './held-configurations.ts';
import { deploymentName } from '../../names.ts';
import { RouteMatcher } from '../rules/route-matcher.ts';
import { type KnownEnvironments, RoutedEnvironments } from './routed-environments.ts';
import { type LivePairs, RoutedPairs } from './routed-pairs.ts';
import type { RouteTarget, RoutedVersion } from './routed-version.ts';
import { routeProblems } from '../rules/rule.ts';

/** A version that was released in an environment, and isn't any more. */
export interface ReplacedPair {
  readonly app: string;
  readonly version: string;
  readonly environment: string;
  /** Ms since 1970. */
  readonly since: number;
}

/** Released versions of a virtual environment by app. */
export type ReleasedVersions = ReadonlyMap<string, string>;

/**
 * Mutable, but each change is one synchronous call after which everything agrees, and nothing that it hands out changes;
 * so a decision made in one go sees one moment.
 */
export class RoutingTable {
  readonly #pairs: RoutedPairs;
  /** Why versions can't be read, by app and name. */
  readonly #damaged = new Map<string, Map<string, string>>();
  readonly #environments = new RoutedEnvironments();
  readonly #held = new HeldConfigurations();
  #releases: ReadonlyMap<string, ReleasedVersions> = new Map();
  /** By virtual environment: a request is about one alone. */
  #replaced: ReadonlyMap<string, readonly ReplacedPair[]> = new Map();
  /** Routes of what is released, by virtual environment; compiled when first needed. */
  readonly #releasedRoutes = new Map<string, RouteMatcher<RouteTarget>>();

  constructor() {
    this.#pairs = new RoutedPairs({
      names: () => this.#environments.names,
      environmentFor: (version, environment) => this.environmentFor(version, environment),
    });
  }

  setVersion(version: RoutedVersion): void {
    this.deleteVersion(version.app, version.name);
    this.#pairs.add(version);
  }

  /** A version whose object can't be read, and why. */
  setDamaged(app: string, name: string, why: string): void {
    this.deleteVersion(app, name);
    const damaged = this.#damaged.get(app) ?? new Map<string, string>();
    this.#damaged.set(app, damaged.set(name, why));
  }

  deleteVersion(app: string, name: string): void {
    this.#pairs.delete(app, name);
    const damaged = this.#damaged.get(app);
    if (damaged?.delete(name) === true && damaged.size === 0) this.#damaged.delete(app);
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
   * Released versions by virtual environment, then app, what they hold on to, and what they have replaced. Environments
   * whose releases are the same keep their compiled routes.
   */
  setReleases(
    releases: ReadonlyMap<string, ReleasedVersions>,
    held: readonly HeldPair[] = [],
    replaced: readonly ReplacedPair[] = [],
  ): void {
    for (const environment of this.#releasedRoutes.keys()) {
      const after = releases.get(environment) ?? new Map();
      if (!isSame(this.released(environment), after)) this.#releasedRoutes.delete(environment);
    }
    this.#releases = releases;
    const byEnvironment = new Map<string, ReplacedPair[]>();
    for (const pair of replaced)
      byEnvironment.set(pair.environment, [...(byEnvironment.get(pair.environment) ?? []), pair]);
    this.#replaced = byEnvironment;
    this.#forgetPairs(this.#held.setPairs(held));
  }

  /** Counts the pods of a workload: 1 for a new one, -1 for one that is gone. */
  countPod(workload: string, change: 1 | -1): void {
    this.#pairs.countPod(workload, change);
  }

  /** Time passes: what has been replaced is forgotten at the second call after that. */
  age(): void {
    this.#pairs.age();
  }

  /**
   * Works out what one more version runs in every environment, which {@link livePairs} would otherwise have to do for all
   * at once. @returns whether there is more to prepare.
   */
  prepareNext(): boolean {
    return this.#pairs.prepareNext();
  }

  /** Apps that have versions, damaged ones included; sorted. */
  get apps(): string[] {
    return [...new Set([...this.#pairs.apps, ...this.#damaged.keys()])].toSorted();
  }

  version(app: string, name: string): RoutedVersion | undefined {
    return this.#pairs.version(app, name);
  }

  /** Names of an app's versions that can be routed to. */
  versionNames(app: string): string[] {
    return [...this.#pairs.names(app)];
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

  /** A version that releases have replaced in an environment, by its name with the app: `order-app-v1`; and since when. */
  replaced(
    environment: string,
    deployment: string,
  ): { readonly version: RoutedVersion; readonly since: number } | undefined {
    const found = this.#replaced
      .get(environment)
      ?.find(({ app, version }) => deploymentName(app, version) === deployment);
    const version = found === undefined ? undefined : this.version(found.app, found.version);
    return found === undefined || version === undefined ? undefined : { version, since: found.since };
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
    return this.#pairs.of(app, name)?.matcherIn(environment);
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
    return this.#pairs.of(app, name)?.in(environment)?.workloads;
  }

  /** What a component of a version is told with each request of an environment. */
  told({ app, name }: RoutedVersion, environment: string, component: string): Told {
    return this.#pairs.of(app, name)?.toldIn(environment, component);
  }

  /** What a component of a version, and all below it, is told in an environment, as a text to compare. */
  toldBelow({ app, name }: RoutedVersion, environment: string, component: string): string {
    return this.#pairs.of(app, name)?.toldBelow(environment, component) ?? '';
  }

  /** Whether (version, environment) is a live pair: meant to run there, or all that it needs has a pod. */
  isLive(version: RoutedVersion, environment: string): boolean {
    return this.#pairs.isLive(version, environment);
  }

  /**
   * The live pairs of an app in which `workload` is the workload of `component`. A workload that is in none any more is in
   * those that it was in a moment ago.
   */
  livePairs(app: string, component: string, workload: string): readonly LivePairs[] {
    return this.#pairs.live(app, component, workload);
  }

  /** What a version ran in an environment until a moment ago, when `workload` was the workload of `component` there. */
  formerWorkloads(
    version: Pick<RoutedVersion, 'app' | 'name'>,
    environment: string,
    component: string,
    workload: string,
  ): ReadonlyMap<string, string> | undefined {
    return this.#pairs.formerWorkloads(version, environment, component, workload);
  }

  /** Environments have other values: what was worked out for them counts no more. */
  #forget(environments: readonly string[]): void {
    this.#pairs.changeEnvironments(environments);
    for (const environment of environments) this.#releasedRoutes.delete(environment);
  }

  #forgetPairs(pairs: readonly HeldPair[]): void {
    for (const { app, version, environment } of pairs) {
      this.#pairs.change(app, version, environment);
      this.#releasedRoutes.delete(environment);
    }
  }
}

function isSame(a: ReleasedVersions, b: ReleasedVersions): boolean {
  return a.size === b.size && [...a].every(([app, version]) => b.get(app) === version);
}
