// Values that the Secret of a virtual environment keeps, also where nothing says any more which of them are in force.
import type { V1Secret } from '@kubernetes/client-node';
import { fingerprintOf, secretKey } from '../../core/environments/fingerprint.ts';
import { label, managedBy, objectName } from '../../core/labels.ts';
import { utf8Text } from '../../core/environments/secret-value.ts';
import type { ApiClient } from '../api/api-client.ts';
import { leftKeys } from './left-values.ts';

/** Fingerprints (64 hex digits) by name: several where a value has been changed and the one before is still needed. */
export type KeptValues = ReadonlyMap<string, readonly string[]>;

/** What an environment's Secret keeps and the namespace's key recognises; all else of it is no value of a secret, and what a deleted one has left none of its own. */
export async function keptValues(
  client: ApiClient,
  key: Uint8Array,
  environment: string,
): Promise<KeptValues> {
  const secret = await client.get<V1Secret>('secrets', objectName.environment(environment));
  const kept = new Map<string, string[]>();
  if (secret?.metadata?.labels?.[label.managedBy] !== managedBy) return kept;
  const left = leftKeys(secret);
  for (const [entry, encoded] of Object.entries(secret.data ?? {})) {
    if (left.has(entry)) continue;
    const name = entry.slice(0, entry.lastIndexOf('.'));
    const value = utf8Text(Buffer.from(encoded, 'base64'));
    const fingerprint = value === undefined ? '' : fingerprintOf(key, value);
    if (secretKey(name, fingerprint) === entry) kept.set(name, [...(kept.get(name) ?? []), fingerprint]);
  }
  return kept;
}
