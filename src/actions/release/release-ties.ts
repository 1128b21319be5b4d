// Routes of what is released in one environment that match the same requests: nothing would decide between them.
import type { NamespaceState } from '../../cluster/namespace.ts';
import { emptyEnvironment, type Environment } from '../../core/environments/environment.ts';
import type { VersionManifest } from '../../core/version/manifest.ts';
import { findTies } from '../../core/routing/rules/route-ties.ts';

/** A version, and what it runs with in an environment. */
export interface RoutedPair {
  readonly manifest: Pick<VersionManifest, 'app' | 'components'>;
  readonly environment: Pick<Environment, 'vars'>;
}

type Known = Pick<NamespaceState, 'releases' | 'versions' | 'configurations'>;

/**
 * One line per tie among all that is released in an environment, with the environment's values in the routes' templates.
 * @param environment as it is to be; releases that hold on to a configuration keep that.
 * @param instead what is to be released in place of what its app has released there.
 */
export function releaseTies(state: Known, environment: Environment, instead?: RoutedPair): string[] {
  const others = [...(state.releases.records.get(environment.name) ?? [])].flatMap(([app, record]) => {
    const version = state.versions.find((each) => each.app === app && each.name === record.version);
    if (version === undefined || app === instead?.manifest.app) return [];
    const held = state.configurations.find(({ name }) => name === record.config)?.environment;
    // Routers know no values for it either.
    const inForce = record.config === undefined ? environment : (held ?? emptyEnvironment(environment.name));
    return [{ manifest: version.manifest, environment: inForce }];
  });
  return tiesOf(instead === undefined ? others : [instead, ...others]);
}

/** One line per tie among the routes of versions. */
export function tiesOf(pairs: readonly RoutedPair[]): string[] {
  return findTies(pairs.flatMap(routesOf), ({ environment }) => environment).map(
    ({ routes: [a, b], example }) =>
      `${nameOf(a)} and ${nameOf(b)} ${example === undefined ? 'may both match some requests (no example was found)' : `both match ${example}`}, and only a priority could decide between them`,
  );
}

function nameOf({ app, component, index, rule }: ReturnType<typeof routesOf>[number]): string {
  return `${app}/${component} routes.${index} ${rule}`;
}

function routesOf({ manifest: { app, components }, environment }: RoutedPair) {
  return Object.entries(components).flatMap(([component, { routes }]) =>
    routes.map((route, index) => ({ ...route, app, component, index, environment })),
  );
}
