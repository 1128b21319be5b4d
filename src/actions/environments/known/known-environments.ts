// The virtual environments of a namespace as they are in force, inheritance worked out.
import type { NamespaceState } from '../../../cluster/namespace.ts';
import type { EnvironmentDefinition } from '../../../core/environments/environment-definition.ts';
import {
  type EffectiveEnvironment,
  type EffectiveEnvironments,
  effectiveEnvironments,
} from '../../../core/environments/inheritance.ts';

type Known = Pick<NamespaceState, 'environments'>;

/** Environments that can be used, by name; those that can't are in {@link brokenEnvironments}. */
export function environmentsByName({ environments }: Known): Map<string, EffectiveEnvironment> {
  return new Map(workedOut(environments).environments);
}

/** Why environments can't be used, by name, as a sentence fragment: `its parent dev doesn't exist`. */
export function brokenEnvironments({ environments }: Known): ReadonlyMap<string, string> {
  return workedOut(environments).broken;
}

/** Asked for again and again while one state is looked at; a state never changes. */
const remembered = new WeakMap<Known['environments'], EffectiveEnvironments>();

function workedOut(environments: Known['environments']): EffectiveEnvironments {
  const before = remembered.get(environments);
  if (before !== undefined) return before;
  const damaged = new Map(
    environments.flatMap(({ definition, damage }) =>
      damage === undefined ? [] : [[definition.name, damage] as const],
    ),
  );
  const effective = effectiveEnvironments(definitionsOf(environments), damaged);
  const found = { ...effective, broken: new Map([...effective.broken, ...damaged]) };
  remembered.set(environments, found);
  return found;
}

/** What the environments say themselves, by name; without those whose objects can't be read. */
export function definitionsOf(environments: Known['environments']): Map<string, EnvironmentDefinition> {
  return new Map(
    environments.flatMap(({ definition, damage }) =>
      damage === undefined ? [[definition.name, definition] as const] : [],
    ),
  );
}
