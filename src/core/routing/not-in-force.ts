// Why a version can't run in a virtual environment at all: what would be in force there is gone or can't be read.
import type { Problem } from './problem.ts';
import type { KnownEnvironments } from './table/routed-environments.ts';
import type { RoutedVersion } from './table/routed-version.ts';
import type { RoutingTable } from './table/routing-table.ts';

/** Why a version can't run in an environment at all; undefined if it could. */
export function nothingInForceFor(
  table: RoutingTable,
  version: RoutedVersion,
  environment: string,
): Problem | undefined {
  const held = table.held(version, environment);
  if (held !== undefined)
    return 'missing' in held ? configurationLost(version, environment, held.missing) : undefined;
  return table.environments.get(environment) === undefined
    ? damagedEnvironment(table.environments, environment)
    : undefined;
}

function configurationLost({ app, name }: RoutedVersion, environment: string, missing: string): Problem {
  return {
    problem: 'configuration-lost',
    detail: `The configuration that ${name} of ${app} was released with in virtual environment ${environment} is gone: ConfigMap ${missing}.`,
    try: [`fox release ${name} -e ${environment} --app ${app}`],
    facts: { app, version: name, environment, configuration: missing },
  };
}

/** Why an environment can't be used; undefined if it can. */
export function damagedEnvironment(
  environments: KnownEnvironments,
  environment: string,
): Problem | undefined {
  const why = environments.damage(environment);
  if (why === undefined) return undefined;
  const missing = environments.missingAncestor(environment);
  return {
    problem: 'damaged-environment',
    detail: `Virtual environment ${environment} can't be used: ${why}.`,
    try:
      missing === undefined
        ? [`fox env show ${environment}`]
        : [`fox env set -e ${missing} --create`, `fox env set -e ${environment} --no-parent`],
    facts: { environment, ...(missing === undefined ? {} : { missing }) },
  };
}
