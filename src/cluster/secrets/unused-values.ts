// Which values in the Secrets of virtual environments are still named by somebody.
import type { V1Secret } from '@kubernetes/client-node';
import { secretKey } from '../../core/environments/fingerprint.ts';
import { label } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { StoredConfiguration } from '../objects/configuration-object.ts';
import type { StoredEnvironment } from '../objects/environment-object.ts';
import { environmentSelector } from './environment-secrets.ts';

/** What decides which values are still needed. */
export interface SecretUsers {
  readonly environments: readonly StoredEnvironment[];
  readonly configurations: readonly StoredConfiguration[];
}

/** Environments that were deleted. */
export type Gone = readonly string[] | ((name: string) => boolean);

/** The Secret of an environment, and which of its keys are needed. */
export interface SecretNeeds {
  readonly secret: V1Secret;
  readonly isNeeded: (key: string) => boolean;
}

/** The Secrets of environments that exist, or are `gone`; not those of ones that have vanished otherwise, or can't be read. */
export async function secretNeeds(
  client: ApiClient,
  { environments, configurations }: SecretUsers,
  gone: Gone,
): Promise<SecretNeeds[]> {
  const { items } = await client.list<V1Secret>('secrets', { labelSelector: environmentSelector });
  const held = new Set(configurations.flatMap(({ environment }) => keysOf(environment.secrets ?? {})));
  const isGone = typeof gone === 'function' ? gone : (name: string) => gone.includes(name);
  return items.flatMap((secret) => {
    const name = secret.metadata?.labels?.[label.environment] ?? '';
    const stored = environments.find(({ definition }) => definition.name === name);
    if (stored === undefined ? !isGone(name) : stored.damage !== undefined) return [];
    const own = new Set(keptKeys(stored));
    return [{ secret, isNeeded: (key) => own.has(key) || held.has(key) }];
  });
}

function keysOf(fingerprints: Readonly<Record<string, string>>): string[] {
  return Object.entries(fingerprints).map(([name, fingerprint]) => secretKey(name, fingerprint));
}

/** Keys of the values that fox keeps for an environment. */
function keptKeys(stored: StoredEnvironment | undefined): string[] {
  return Object.entries(stored?.definition.secrets ?? {}).flatMap(([name, { fingerprint, from }]) =>
    from === undefined ? [secretKey(name, fingerprint)] : [],
  );
}
