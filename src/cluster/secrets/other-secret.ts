// Values in Secrets that other tools look after: fox refers to them, and has no say in what becomes of them.
import type { V1Secret } from '@kubernetes/client-node';
import { FoxError } from '../../core/errors.ts';
import { kind, label, managedBy } from '../../core/labels.ts';
import { secretProblem, utf8Text } from '../../core/environments/secret-value.ts';
import type { ApiClient } from '../api/api-client.ts';

/** A key of a Secret in the same namespace. */
export interface SecretKey {
  readonly name: string;
  readonly key: string;
}

/**
 * The value that another tool's Secret has now.
 * @throws FoxError REFUSED if it is fox's own, NOT_FOUND if it or its key doesn't exist, REFUSED if the value can't be a variable.
 */
export async function otherValue(client: ApiClient, from: SecretKey): Promise<string> {
  const secret = await client.get<V1Secret>('secrets', from.name);
  // Before anything is told of its keys: those of fox's own are no names to refer to.
  if (secret?.metadata?.labels?.[label.managedBy] === managedBy) throw ownSecret(secret);
  const encoded = secret?.data?.[from.key];
  if (encoded === undefined) throw missingKey(secret, from);
  const value = utf8Text(Buffer.from(encoded, 'base64'));
  const problem = value === undefined ? "isn't UTF-8 text" : secretProblem(value);
  if (value !== undefined && problem === undefined) return value;
  throw new FoxError('REFUSED', `the value of ${from.key} in Secret ${from.name} ${problem ?? ''}`);
}

function missingKey(secret: V1Secret | undefined, { name, key }: SecretKey): FoxError {
  if (secret === undefined)
    return new FoxError('NOT_FOUND', `there is no Secret ${name} in the namespace`, {
      hints: ['`kubectl get secrets` lists them.'],
    });
  const keys = Object.keys(secret.data ?? {});
  return new FoxError('NOT_FOUND', `Secret ${name} has no key ${key}`, {
    hints: [keys.length === 0 ? 'It is empty.' : `It has ${keys.join(', ')}.`],
  });
}

/** What fox keeps comes and goes with what needs it. */
function ownSecret({ metadata: { name = '', labels = {} } = {} }: V1Secret): FoxError {
  const environment = labels[label.kind] === kind.environment ? labels[label.environment] : undefined;
  const inherit =
    environment === undefined
      ? []
      : [`Inherit its secrets: \`fox env set -e <name> --parent ${environment}\`;`];
  return new FoxError('REFUSED', `Secret ${name} is fox's own, and changes with what it is for`, {
    hints: [
      ...inherit,
      `${environment === undefined ? 'Set' : 'or set'} the value itself: \`fox env set -e <name> --secret <NAME>\`.`,
    ],
  });
}
