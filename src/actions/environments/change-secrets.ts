// Values of secrets that a change of virtual environments brings, has interrupted, or finds gone.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { SecretValues } from '../../cluster/secrets/environment-secrets.ts';
import type { SecretVault } from '../../cluster/secrets/vault.ts';
import type { EnvironmentDefinition } from '../../core/environment-definition.ts';
import type { ActionContext } from '../context.ts';
import type { ChangePlan } from './change-plan.ts';
import type { EnvironmentChange } from './environment-change.ts';

const none: ReadonlyMap<string, SecretValues> = new Map();

/** Keeps the values that a change brings, before it is written. */
export async function storeSecrets(
  vault: SecretVault,
  { change: { secrets = none }, environments }: ChangePlan,
  { emit }: Pick<ActionContext, 'emit'>,
): Promise<void> {
  for (const [environment, values] of secrets) {
    const isStored = await vault.store(environment, values);
    const isSame = environments.some(({ name, action }) => name === environment && action === 'unchanged');
    if (isStored && isSame)
      emit({ type: 'info', text: `${environment}: the values that had vanished from its Secret are back` });
  }
}

/** An earlier change was interrupted when it had written the new values, and not yet removed the old ones. */
export async function hasOldValues(
  vault: SecretVault,
  state: NamespaceState,
  { put }: EnvironmentChange,
): Promise<boolean> {
  return put.some(hasSecrets) && (await vault.unusedKeys(state)).length > 0;
}

/** Somebody has deleted values that are set again. */
export async function lacksValues(
  vault: SecretVault,
  { secrets = none }: EnvironmentChange,
): Promise<boolean> {
  for (const [environment, values] of secrets) if (await vault.lacks(environment, values)) return true;
  return false;
}

/** Whether an environment says something of secrets. */
export function hasSecrets(definition: EnvironmentDefinition | undefined): boolean {
  return Object.keys(definition?.secrets ?? {}).length > 0;
}
