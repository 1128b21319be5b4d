// A version reduced to what routing needs: small, because a router holds all versions in memory.
import type { DeliverySettings, Route, VariableDeclaration } from '../../version/app.ts';
import type { Environment } from '../../environments/environment.ts';
import type { VersionManifest } from '../../version/manifest.ts';
import { isPerEnvironment, isScopedByRequest } from '../../version/identity.ts';
import { deploymentName } from '../../names.ts';
import { type Route as MatchedRoute, RouteMatcher } from '../rules/route-matcher.ts';
import { parseRule, rulesIn } from '../rules/rule.ts';

/** What of a component decides its workload hash, its hops and its routes. */
export interface RoutedComponent {
  readonly templateHash: string;
  readonly forwardsContext: boolean;
  readonly template: {
    readonly calls: readonly string[];
    readonly env: Readonly<Record<string, VariableDeclaration>>;
    readonly secrets?: readonly string[];
  };
  readonly routes: readonly Route[];
  readonly delivery?: DeliverySettings;
}

/** Where a route leads. */
export interface RouteTarget {
  readonly version: RoutedVersion;
  readonly component: string;
  readonly route: Route;
}

/** A version as routers see it. */
export class RoutedVersion {
  readonly app: string;
  readonly name: string;
  /** Virtual environments asked for by deploy and release. */
  readonly runsIn: ReadonlySet<string>;
  readonly components: Readonly<Record<string, RoutedComponent>>;
  /** Names of all variables that its components' processes have. */
  readonly variables: readonly string[];
  /** Names of all secrets that they have. */
  readonly secretNames: readonly string[];
  /** Some of its workloads run once per virtual environment, whatever values that has. */
  readonly isPerEnvironment: boolean;
  /** Components that are told variables with each request. */
  readonly toldByRequest: ReadonlySet<string>;
  /** Some of its routes mean something else in each virtual environment. */
  readonly hasTemplates: boolean;
  #matcher: RouteMatcher<RouteTarget> | undefined;

  constructor(
    app: string,
    name: string,
    components: Readonly<Record<string, RoutedComponent>>,
    runsIn: Iterable<string>,
  ) {
    this.app = app;
    this.name = name;
    this.components = components;
    this.runsIn = new Set(runsIn);
    const templates = Object.values(components).map(({ template }) => template);
    this.variables = sortedSet(templates.flatMap(({ env }) => processVariables(env)));
    this.secretNames = sortedSet(templates.flatMap(({ secrets = [] }) => secrets));
    this.isPerEnvironment = isPerEnvironment(components);
    this.toldByRequest = new Set(
      Object.keys(components).filter((each) => {
        const component = components[each];
        return component !== undefined && isScopedByRequest(component);
      }),
    );
    this.hasTemplates = Object.values(components).some(({ routes }) =>
      routes.some(({ rule }) => rule.includes('{{')),
    );
  }

  /** `order-app-v1`. */
  get deployment(): string {
    return deploymentName(this.app, this.name);
  }

  /** Finds the component that a request enters at in an environment. Where that is the same in all, it is compiled once. */
  matcherIn(environment: Pick<Environment, 'vars'>): RouteMatcher<RouteTarget> {
    if (this.hasTemplates) return new RouteMatcher(this.routesIn(environment));
    this.#matcher ??= new RouteMatcher(this.routesIn(environment));
    return this.#matcher;
  }

  /** Its routes, as far as the environment has the values that they need. */
  routesIn(environment: Pick<Environment, 'vars'>): MatchedRoute<RouteTarget>[] {
    return Object.entries(this.components).flatMap(([component, { routes }]) =>
      routes.flatMap((route) => {
        const target = { version: this, component, route };
        return rulesIn(route, environment).map((rule) => ({ rule, target, priority: route.priority }));
      }),
    );
  }
}

function processVariables(env: Readonly<Record<string, VariableDeclaration>>): string[] {
  return Object.keys(env).filter((name) => env[name]?.bind === undefined);
}

function sortedSet(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted();
}

/**
 * The routed version of a manifest.
 * @throws FoxError CONFIG_INVALID if it has a rule that this fox doesn't know.
 */
export function routedVersion(manifest: VersionManifest, runsIn: Iterable<string>): RoutedVersion {
  const components: Record<string, RoutedComponent> = {};
  for (const [name, { templateHash, forwardsContext, template, routes, delivery }] of Object.entries(
    manifest.components,
  )) {
    for (const { rule } of routes) parseRule(rule);
    components[name] = {
      templateHash,
      forwardsContext,
      template: {
        calls: template.calls,
        env: template.env,
        ...(template.secrets === undefined ? {} : { secrets: template.secrets }),
      },
      routes,
      ...(delivery === undefined ? {} : { delivery }),
    };
  }
  return new RoutedVersion(manifest.app, manifest.version, components, runsIn);
}
