// Values of secrets that a change of virtual environments brings, has interrupted, or finds gone.
import type { NamespaceState } from '../../../cluster/namespace.ts';
import type { SecretValues } from '../../../cluster/secrets/environment-secrets.ts';
import type { SecretVault } from '../../../cluster/secrets/vault.ts';
import type { EnvironmentDefinition } from '../../../core/environments/environment-definition.ts';
import type { ActionContext } from '../../context.ts';
import type { ChangePlan } from './change-plan.ts';
import type { EnvironmentChange } from './environment-change.ts';

const none: ReadonlyMap<string, SecretValues> = new Map();

/** Keeps the values that a change brings, before it is written. */
export async function storeSecrets(
  vault: SecretVault,
  planned: ChangePlan,
  context: Pick<ActionContext, 'emit'>,
): Promise<void> {
  for (const [environment, values] of planned.change.secrets ?? none)
    if (await vault.store(environment, values)) tellRestored(environment, planned, context);
}

/** By which the environments that a change writes recognise their secrets. */
export function fingerprintsIn({ put }: EnvironmentChange): string[] {
  return put.flatMap(({ secrets = {} }) => Object.values(secrets).map(({ fingerprint }) => fingerprint));
}

/** uids of the Secrets that keep values, by environment: of those that have got values, or have noted none yet. */
export async function secretUids(
  vault: SecretVault,
  { environments }: Pick<NamespaceState, 'environments'>,
  { put, secrets = none }: EnvironmentChange,
): Promise<Map<string, string>> {
  const noted = new Map(environments.map((each) => [each.definition.name, each.secretUid]));
  const uids = new Map<string, string>();
  for (const { name, secrets: said = {} } of put) {
    const isKept = Object.values(said).some(({ from }) => from === undefined);
    if (!isKept || (noted.get(name) !== undefined && (secrets.get(name)?.size ?? 0) === 0)) continue;
    const uid = await vault.uid(name);
    if (uid !== undefined) uids.set(name, uid);
  }
  return uids;
}

/** Tells of values that are written, or would be, to an environment that says the same as before. */
export function tellRestored(
  environment: string,
  { environments }: ChangePlan,
  { emit }: Pick<ActionContext, 'emit'>,
): void {
  if (environments.some(({ name, action }) => name === environment && action === 'unchanged'))
    emit({ type: 'info', text: `${environment}: values that have vanished from its Secret are kept again` });
}

/** An earlier change was interrupted when it had written the new values, and not yet removed the old ones. */
export async function hasOldValues(
  vault: SecretVault,
  state: NamespaceState,
  { put }: EnvironmentChange,
): Promise<boolean> {
  return put.some(hasSecrets) && (await vault.unusedKeys(state)).length > 0;
}

/** Names of environments whose Secrets don't have the values that are set: new ones, or such as somebody has deleted. */
export async function lackingValues(
  vault: SecretVault,
  { secrets = none }: EnvironmentChange,
): Promise<string[]> {
  const lacking: string[] = [];
  for (const [environment, values] of secrets)
    if (await vault.lacks(environment, values)) lacking.push(environment);
  return lacking;
}

/** Whether an environment says something of secrets. */
export function hasSecrets(definition: EnvironmentDefinition | undefined): boolean {
  return Object.keys(definition?.secrets ?? {}).length > 0;
}
