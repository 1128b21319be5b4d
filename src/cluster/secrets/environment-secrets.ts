// Values of secrets as the Secret of their virtual environment keeps them, each under a key that names its fingerprint.
import type { V1Secret } from '@kubernetes/client-node';
import { FoxError } from '../../core/errors.ts';
import { secretKey } from '../../core/environments/fingerprint.ts';
import { kind, label, managedBy, objectName } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';
import { isStatus } from '../api/api-error.ts';
import { leftKeys, notingLeft } from './left-values.ts';
import { takenSecret, withoutValues } from './secret-errors.ts';

/** A secret's value with what it is recognised by. */
export interface SecretValue {
  /** Keyed hash of the value (64 hex digits). */
  readonly fingerprint: string;
  readonly value: string;
}

/** Values by name. */
export type SecretValues = ReadonlyMap<string, SecretValue>;

/** Bytes of all keys and values that the Kubernetes API takes in one Secret. */
const maxSecretSize = 1024 * 1024;

/** The Secrets of all virtual environments. */
export const environmentSelector = `${label.managedBy}=${managedBy},${label.kind}=${kind.environment}`;

/**
 * Adds values to those that an environment's Secret keeps; what it has already stays.
 * @throws FoxError REFUSED if they don't fit, CONFLICT if the Secret is somebody else's.
 */
export async function addValues(
  client: ApiClient,
  environment: string,
  values: SecretValues,
): Promise<boolean> {
  const name = objectName.environment(environment);
  const data = dataOf(values);
  for (;;) {
    const existing = await client.get<V1Secret>('secrets', name);
    if (existing !== undefined && !isOurs(existing)) throw takenSecret(client, name);
    const missing = missingIn(existing, data);
    if (missing.length === 0) return false;
    refuseTooLarge(environment, { ...existing?.data, ...data });
    try {
      await withoutValues(
        [...values.values()].map(({ value }) => value),
        async () => {
          if (existing === undefined) await client.create('secrets', secretObject(environment, data));
          else {
            const left = [...leftKeys(existing)].filter((key) => !Object.hasOwn(data, key));
            await client.patch(
              'secrets',
              name,
              guarded(existing, Object.fromEntries(missing), notingLeft(left)),
            );
          }
        },
      );
      return true;
    } catch (error) {
      // Made, changed or deleted meanwhile: look again.
      if (!isStatus(error, 409) && !isStatus(error, 404)) throw error;
      if (isStatus(error, 404) && existing === undefined) throw error;
    }
  }
}

/** Whether an environment's Secret keeps not all of some values. */
export async function lacksValues(
  client: ApiClient,
  environment: string,
  values: SecretValues,
): Promise<boolean> {
  const existing = await client.get<V1Secret>('secrets', objectName.environment(environment));
  return missingIn(existing, dataOf(values)).length > 0;
}

/** uid of the Secret that keeps an environment's values; undefined if there is none, or it is somebody else's. */
export async function secretUid(client: ApiClient, environment: string): Promise<string | undefined> {
  const existing = await client.get<V1Secret>('secrets', objectName.environment(environment));
  return existing !== undefined && isOurs(existing) ? existing.metadata?.uid : undefined;
}

function dataOf(values: SecretValues): Record<string, string> {
  return Object.fromEntries(
    [...values].map(([name, { fingerprint, value }]) => [
      secretKey(name, fingerprint),
      Buffer.from(value).toString('base64'),
    ]),
  );
}

function missingIn(existing: V1Secret | undefined, data: Record<string, string>): [string, string][] {
  const left = leftKeys(existing);
  return Object.entries(data).filter(([key, value]) => left.has(key) || existing?.data?.[key] !== value);
}

/** Removes keys of an environment's Secret; with the last one it goes itself. */
export async function removeKeys(
  client: ApiClient,
  secret: V1Secret,
  isNeeded: (key: string) => boolean,
): Promise<string[]> {
  const keys = Object.keys(secret.data ?? {});
  const unneeded = keys.filter((key) => !isNeeded(key));
  const name = secret.metadata?.name ?? '';
  if (unneeded.length === keys.length) await client.delete('secrets', name);
  else if (unneeded.length > 0)
    await client.patch(
      'secrets',
      name,
      guarded(secret, Object.fromEntries(unneeded.map((key) => [key, null]))),
    );
  return unneeded;
}

/** A patch of a Secret's data that is refused when somebody has changed it since. */
function guarded({ metadata }: V1Secret, data: Record<string, string | null>, more: object = {}): object {
  return { metadata: { resourceVersion: metadata?.resourceVersion, ...more }, data };
}

function isOurs({ metadata }: V1Secret): boolean {
  return metadata?.labels?.[label.managedBy] === managedBy;
}

function secretObject(environment: string, data: Record<string, string>): V1Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: objectName.environment(environment),
      labels: {
        [label.managedBy]: managedBy,
        [label.kind]: kind.environment,
        [label.environment]: environment,
      },
    },
    type: 'Opaque',
    data,
  };
}

function refuseTooLarge(environment: string, data: Record<string, string>): void {
  const size = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0);
  if (size <= maxSecretSize) return;
  throw new FoxError(
    'REFUSED',
    `the secrets of ${environment} would have ${size} bytes; a Secret holds ${maxSecretSize}`,
    { hints: ['Keep large files elsewhere, and give components a key to them.'] },
  );
}
