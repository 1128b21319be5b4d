// The Secret `fox-identity`: the key of all fingerprints, and that by which links are signed; made once, never changed.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { V1Secret } from '@kubernetes/client-node';
import { FoxError } from '../../core/errors.ts';
import { label, managedBy, objectName } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';
import { isStatus } from '../api/api-error.ts';
import { takenSecret } from './secret-errors.ts';

/** What `fox-identity` holds. */
export interface IdentityKeys {
  /** Key of all fingerprints: 32 bytes. */
  readonly fingerprints: Uint8Array;
  /** Ed25519 private key by which links are signed, as PEM (PKCS #8). */
  readonly links: string;
}

const fingerprintKey = 'fingerprint-key';
const linkKey = 'link-key';
const keyBytes = 32;

/** The keys of a namespace; undefined if none were made yet. @throws FoxError CONFLICT if the Secret is somebody else's, CLUSTER_ERROR if it is damaged. */
export async function readIdentity(client: ApiClient): Promise<IdentityKeys | undefined> {
  const secret = await client.get<V1Secret>('secrets', objectName.identity);
  if (secret === undefined) return undefined;
  if (secret.metadata?.labels?.[label.managedBy] !== managedBy)
    throw takenSecret(client, objectName.identity);
  const fingerprints = bytesOf(secret, fingerprintKey);
  const links = bytesOf(secret, linkKey).toString();
  if (fingerprints.length !== keyBytes || links === '') throw damaged();
  return { fingerprints, links };
}

/** Keys that nobody has yet. */
export function newIdentity(): IdentityKeys {
  return {
    fingerprints: randomBytes(keyBytes),
    links: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Makes the keys of a namespace; where somebody else was faster, theirs count. */
export async function makeIdentity(
  client: ApiClient,
  made: IdentityKeys = newIdentity(),
): Promise<IdentityKeys> {
  try {
    await client.create('secrets', identityObject(made));
    return made;
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
    const existing = await readIdentity(client);
    if (existing === undefined) throw error;
    return existing;
  }
}

function identityObject({ fingerprints, links }: IdentityKeys): V1Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: objectName.identity, labels: { [label.managedBy]: managedBy } },
    type: 'Opaque',
    immutable: true,
    data: {
      [fingerprintKey]: Buffer.from(fingerprints).toString('base64'),
      [linkKey]: Buffer.from(links).toString('base64'),
    },
  };
}

function bytesOf({ data = {} }: V1Secret, key: string): Buffer {
  return Buffer.from(data[key] ?? '', 'base64');
}

function damaged(): FoxError {
  return new FoxError('CLUSTER_ERROR', `Secret ${objectName.identity} is damaged`, {
    hints: [
      restoreHint,
      `Without one, \`kubectl delete secret ${objectName.identity}\`: what needs its key tells then how to begin anew.`,
    ],
  });
}

/** What to do where the keys are lost. */
export const restoreHint = `Restore Secret ${objectName.identity} from a backup: \`kubectl apply -f <file>\`. Nothing else knows its key.`;
