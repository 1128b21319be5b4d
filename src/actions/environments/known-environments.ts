// The virtual environments of a namespace as they are in force, inheritance worked out.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { EnvironmentDefinition } from '../../core/environment-definition.ts';
import { type EffectiveEnvironment, effectiveEnvironments } from '../../core/inheritance.ts';

type Known = Pick<NamespaceState, 'environments'>;

/** Environments that can be used, by name; those that can't are in {@link brokenEnvironments}. */
export function environmentsByName({ environments }: Known): Map<string, EffectiveEnvironment> {
  return new Map(effectiveEnvironments(definitionsOf(environments)).environments);
}

/** Why environments can't be used, by name, as a sentence fragment: `its parent dev doesn't exist`. */
export function brokenEnvironments({ environments }: Known): Map<string, string> {
  const damaged = environments.flatMap(({ definition, damage }) =>
    damage === undefined ? [] : [[definition.name, damage] as const],
  );
  return new Map([...effectiveEnvironments(definitionsOf(environments)).broken, ...damaged]);
}

/** What the environments say themselves, by name; without those whose objects can't be read. */
export function definitionsOf(environments: Known['environments']): Map<string, EnvironmentDefinition> {
  return new Map(
    environments.flatMap(({ definition, damage }) =>
      damage === undefined ? [[definition.name, definition] as const] : [],
    ),
  );
}
