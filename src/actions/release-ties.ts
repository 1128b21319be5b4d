// Routes of two apps that would be released in one environment and match the same requests.
import type { NamespaceState } from '../cluster/namespace.ts';
import type { VersionManifest } from '../core/manifest.ts';
import { findTies } from '../core/rule.ts';

/** One line per tie between the version and what other apps have released in the environment. */
export function releaseTies(
  manifest: VersionManifest,
  environment: string,
  { releases, versions }: NamespaceState,
): string[] {
  const others = [...(releases.records.get(environment) ?? [])].flatMap(([app, { version }]) => {
    const stored =
      app === manifest.app ? undefined : versions.find((each) => each.app === app && each.name === version);
    return stored === undefined ? [] : routesOf(stored.manifest);
  });
  return findTies([...routesOf(manifest), ...others])
    .filter(([a, b]) => a.app !== b.app)
    .map(([a, b]) => `${a.app}/${a.component} and ${b.app}/${b.component} both match ${a.rule}`);
}

function routesOf({ app, components }: VersionManifest) {
  return Object.entries(components).flatMap(([component, { routes }]) =>
    routes.map(({ rule }) => ({ rule, app, component })),
  );
}
