// What a release changes of the configuration that the one before held on to.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { Environment } from '../../core/environments/environment.ts';
import { declaredNames } from '../../core/environments/environment-check.ts';
import type { EnvironmentDefinition } from '../../core/environments/environment-definition.ts';
import type { ReleaseRecord } from '../../core/release.ts';
import { changesBetween, type ValueChange } from '../environments/change/environment-change.ts';
import type { Choice } from './release-choice.ts';

/**
 * Values that are other than those which were released before, as far as both versions declare them. None where either
 * release holds on to nothing: what the environment said then isn't known.
 */
export function configurationChanges(
  { version, environment }: Choice,
  { configurations, versions }: Pick<NamespaceState, 'configurations' | 'versions'>,
  before: ReleaseRecord | undefined,
): ValueChange[] {
  const held = configurations.find(({ name }) => name === before?.config)?.environment;
  if (held === undefined || environment.configuration === undefined) return [];
  const changes = changesBetween(asDefinition(held), asDefinition(environment));
  const earlier = versions.find(({ app, name }) => app === version.app && name === before?.version);
  if (earlier === undefined || earlier === version) return changes;
  const { variables, secrets } = declaredNames(earlier.manifest);
  const now = declaredNames(version.manifest);
  const common = new Set([
    ...[...variables].filter((name) => now.variables.has(name)).map((name) => `vars.${name}`),
    ...[...secrets].filter((name) => now.secrets.has(name)).map((name) => `secrets.${name}`),
  ]);
  return changes.filter(({ name }) => common.has(name));
}

function asDefinition({ name, vars, secrets = {} }: Environment): EnvironmentDefinition {
  const references = Object.entries(secrets).map(([each, fingerprint]) => [each, { fingerprint }] as const);
  return { name, vars, secrets: Object.fromEntries(references) };
}
