// The keys of a namespace when they are needed: read once, made when nothing was recognised by others before.
import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import { FoxError } from '../../core/errors.ts';
import { kind, label, managedBy, objectName } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';
import { readConfiguration } from '../objects/configuration-object.ts';
import { readEnvironment } from '../objects/environment-object.ts';
import { type IdentityKeys, makeIdentity, newIdentity, readIdentity, restoreHints } from './identity-key.ts';
import { copySelector } from './workload-secret.ts';

/** `make`: they are made if there are none · `preview`: keys that nobody keeps do, too · `find`: they have to be there. */
type Purpose = 'make' | 'preview' | 'find';

/** The keys of one namespace. */
export class KeyRing {
  readonly #client: ApiClient;
  #reading: Promise<IdentityKeys | undefined> | undefined;
  #preview: IdentityKeys | undefined;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** @throws FoxError REFUSED if they are lost: what they recognised is still there. */
  async keys(purpose: Purpose): Promise<IdentityKeys> {
    const existing = await this.existing();
    if (existing !== undefined) return existing;
    const users = await usersOfKeys(this.#client);
    if (users.length > 0 || purpose === 'find') throw lostKeys(users);
    if (purpose === 'preview') return (this.#preview ??= newIdentity());
    const made = makeIdentity(this.#client);
    this.#reading = made;
    return made;
  }

  /** The keys if there are any. Only what was found is remembered. */
  async existing(): Promise<IdentityKeys | undefined> {
    const reading = (this.#reading ??= readIdentity(this.#client));
    let found: IdentityKeys | undefined;
    try {
      found = await reading;
    } finally {
      if (found === undefined && this.#reading === reading) this.#reading = undefined;
    }
    return found;
  }
}

/** What keys that aren't there have recognised, in fox's words. */
async function usersOfKeys(client: ApiClient): Promise<string[]> {
  const [configMaps, copies] = await Promise.all([
    client.list<V1ConfigMap>('configmaps', {
      labelSelector: `${label.managedBy}=${managedBy},${label.kind} in (${kind.environment},${kind.configuration})`,
    }),
    client.list<V1Secret>('secrets', { labelSelector: copySelector }),
  ]);
  const environments = configMaps.items.flatMap((object) => {
    const isEnvironment = object.metadata?.labels?.[label.kind] === kind.environment;
    const { name, secrets = {} } = isEnvironment
      ? readEnvironment(object).definition
      : (readConfiguration(object)?.environment ?? { name: '' });
    return Object.keys(secrets).length === 0 ? [] : [`virtual environment ${name}`];
  });
  const workloads = copies.items.map(({ metadata }) => `workload ${metadata?.name ?? ''}`);
  return [...new Set([...environments, ...workloads])];
}

function lostKeys(users: readonly string[]): FoxError {
  return new FoxError(
    'REFUSED',
    `Secret ${objectName.identity} is gone: without its key secrets aren't recognised again, and equal values would look different`,
    { details: users.length === 0 ? [] : [`recognised by it: ${users.join(', ')}`], hints: restoreHints },
  );
}
