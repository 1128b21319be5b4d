// Values of secrets in a namespace: recognised by fingerprints, kept in Secrets, found again for workloads, shown to nobody.
import type { V1ConfigMap, V1Deployment, V1Secret } from '@kubernetes/client-node';
import type { SecretReference } from '../../core/environment-definition.ts';
import { FoxError } from '../../core/errors.ts';
import { fingerprintOf, secretKey } from '../../core/fingerprint.ts';
import { kind, label, managedBy, objectName } from '../../core/labels.ts';
import { secretProblem, utf8Text } from '../../core/secret-value.ts';
import type { Workload } from '../../core/workload.ts';
import type { ApiClient } from '../api/api-client.ts';
import { readConfiguration, type StoredConfiguration } from '../objects/configuration-object.ts';
import { readEnvironment, type StoredEnvironment } from '../objects/environment-object.ts';
import { addValues, environmentSelector, removeKeys, type SecretValues } from './environment-secrets.ts';
import { type IdentityKeys, makeIdentity, newIdentity, readIdentity, restoreHints } from './identity-key.ts';

import { type SecretProblem, secretProblemText, ValueSearch, type WantedSecret } from './value-search.ts';
import { adoptCopy, copySelector, putCopy } from './workload-secret.ts';

/** What decides which values are still needed. */
export interface SecretUsers {
  readonly environments: readonly StoredEnvironment[];
  readonly configurations: readonly StoredConfiguration[];
}

/** Environments that were deleted. */
type Gone = readonly string[] | ((name: string) => boolean);

interface SecretNeeds {
  readonly secret: V1Secret;
  readonly isNeeded: (key: string) => boolean;
}

/** The secrets of one namespace. */
export class SecretVault {
  readonly #client: ApiClient;
  /** Values that are known, by fingerprint: what has the same one is the same. */
  readonly #known = new Map<string, string>();
  #identity: Promise<IdentityKeys | undefined> | undefined;
  #preview: IdentityKeys | undefined;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /**
   * Keyed hash of a value (64 hex digits). The namespace's key is made when it is first asked for; who only looks
   * (`isDryRun`) gets hashes by a key that nobody keeps, unless there is one.
   * @throws FoxError REFUSED if the key is lost: what it recognised is still there.
   */
  async fingerprint(value: string, { isDryRun = false } = {}): Promise<string> {
    const { fingerprints } = await this.#keys(isDryRun ? 'preview' : 'make');
    return fingerprintOf(fingerprints, value);
  }

  /** Ed25519 private key by which links are signed, as PEM; made with the other when one is first asked for. */
  async linkKey(): Promise<string> {
    return (await this.#keys('make')).links;
  }

  /**
   * Refers to a Secret that another tool looks after.
   * @throws FoxError NOT_FOUND if it or its key doesn't exist, REFUSED if the value can't be a variable.
   */
  async refer(
    from: { readonly name: string; readonly key: string },
    options: { readonly isDryRun?: boolean } = {},
  ): Promise<SecretReference> {
    const secret = await this.#client.get<V1Secret>('secrets', from.name);
    const encoded = secret?.data?.[from.key];
    if (encoded === undefined) throw missingSource(secret, from);
    if (secret?.metadata?.labels?.[label.managedBy] === managedBy) throw ownSource(from);
    const value = utf8Text(Buffer.from(encoded, 'base64'));
    const problem = value === undefined ? "isn't UTF-8 text" : secretProblem(value);
    if (value === undefined || problem !== undefined)
      throw new FoxError('REFUSED', `the value of ${from.key} in Secret ${from.name} ${problem ?? ''}`);
    const fingerprint = await this.fingerprint(value, options);
    this.#known.set(fingerprint, value);
    return { fingerprint, from };
  }

  /** Makes values known to {@link require} and to workloads that are made by this process; writes nothing. */
  offer(values: SecretValues): void {
    for (const { fingerprint, value } of values.values()) this.#known.set(fingerprint, value);
  }

  /**
   * Keeps values in the Secret of an environment, beside those that it has: what its ConfigMap says of them is written
   * after that. @returns whether something was written.
   * @throws FoxError REFUSED if they don't fit, CONFLICT if the Secret is somebody else's.
   */
  async store(environment: string, values: SecretValues): Promise<boolean> {
    this.offer(values);
    return values.size > 0 && addValues(this.#client, environment, values);
  }

  /**
   * Removes values that no environment and no configuration names any more, and the Secrets of environments that are
   * `gone`. Those of environments that have vanished otherwise, or can't be read, stay. @returns keys that were removed.
   */
  async removeUnused(users: SecretUsers, gone: Gone = []): Promise<string[]> {
    const removed: string[] = [];
    for (const { secret, isNeeded } of await this.#needs(users, gone))
      removed.push(...(await removeKeys(this.#client, secret, isNeeded)));
    return removed;
  }

  /** What {@link removeUnused} would remove: `fox-env-dev/PASSWORD.0123456789abcdef`. */
  async unusedKeys(users: SecretUsers, gone: Gone = []): Promise<string[]> {
    return (await this.#needs(users, gone)).flatMap(({ secret: { metadata, data = {} }, isNeeded }) =>
      Object.keys(data).flatMap((key) => (isNeeded(key) ? [] : [`${metadata?.name ?? ''}/${key}`])),
    );
  }

  /**
   * Looks for all values that workloads need, before anything is changed.
   * @throws FoxError REFUSED with each that can't be had, why, and the command that mends it.
   */
  async require(workloads: Iterable<Workload>): Promise<void> {
    const problems = await this.problems([...workloads].flatMap(({ secrets }) => wantedOf(secrets)));
    if (problems.length > 0) throw notToBeHad(problems);
  }

  /**
   * Those of some secrets whose values can't be had, each once.
   * @throws FoxError REFUSED if the key is lost by which they are recognised.
   */
  async problems(secrets: Iterable<WantedSecret>): Promise<SecretProblem[]> {
    const wanted = [...secrets].filter(({ fingerprint }) => !this.#known.has(fingerprint));
    if (wanted.length === 0) return [];
    const search = await ValueSearch.over(this.#client, (await this.#keys('find')).fingerprints);
    const problems: SecretProblem[] = [];
    for (const secret of new Map(wanted.map((each) => [keyOf(each), each])).values()) {
      const found = await search.find(secret);
      if (typeof found === 'string') this.#known.set(secret.fingerprint, found);
      else problems.push(found);
    }
    return problems;
  }

  /** Sees to it that a workload's copy exists before its Deployment does. Nothing for workloads without secrets. */
  async put(workload: Workload): Promise<void> {
    if (hasSecrets(workload)) await putCopy(this.#client, workload, async () => this.#valuesOf(workload));
  }

  /** Has a Deployment own its workload's copy. */
  async adopt(workload: Workload, deployment: V1Deployment): Promise<void> {
    if (!hasSecrets(workload)) return;
    await adoptCopy(this.#client, workload, deployment, async () => this.#valuesOf(workload));
  }

  /** Workloads that run without their copy: somebody has deleted it, and their next pod won't start. */
  async lackingCopies(workloads: readonly Workload[]): Promise<Workload[]> {
    const having = workloads.filter(hasSecrets);
    if (having.length === 0) return [];
    const { items } = await this.#client.list<V1Secret>('secrets', { labelSelector: copySelector });
    const names = new Set(items.map(({ metadata }) => metadata?.name));
    return having.filter(({ app, component, hash }) => !names.has(objectName.workload(app, component, hash)));
  }

  /** Makes copies again that somebody has deleted. @throws FoxError REFUSED if a value can't be had. */
  async restoreCopies(workloads: readonly Workload[]): Promise<void> {
    const lacking = await this.lackingCopies(workloads);
    await this.require(lacking);
    for (const workload of lacking) {
      const name = objectName.workload(workload.app, workload.component, workload.hash);
      const deployment = await this.#client.get<V1Deployment>('deployments', name);
      if (deployment !== undefined) await this.adopt(workload, deployment);
    }
  }

  /** Copies whose workloads aren't there; `workloads` are the names of all that are. */
  async orphans(workloads: ReadonlySet<string>): Promise<{ app: string; name: string }[]> {
    const { items } = await this.#client.list<V1Secret>('secrets', { labelSelector: copySelector });
    return items
      .map(({ metadata }) => ({ app: metadata?.labels?.[label.app] ?? '', name: metadata?.name ?? '' }))
      .filter(({ name }) => !workloads.has(name));
  }

  /** Deletes a copy that {@link orphans} has found. */
  async removeCopy(name: string): Promise<boolean> {
    return this.#client.delete('secrets', name);
  }

  /** Secrets of environments that can be looked after, and which of their keys are needed. */
  async #needs({ environments, configurations }: SecretUsers, gone: Gone): Promise<SecretNeeds[]> {
    const { items } = await this.#client.list<V1Secret>('secrets', { labelSelector: environmentSelector });
    const held = new Set(configurations.flatMap(({ environment }) => keysOf(environment.secrets ?? {})));
    const isGone = typeof gone === 'function' ? gone : (name: string) => gone.includes(name);
    return items.flatMap((secret) => {
      const name = secret.metadata?.labels?.[label.environment] ?? '';
      const stored = environments.find(({ definition }) => definition.name === name);
      if (stored === undefined ? !isGone(name) : stored.damage !== undefined) return [];
      const own = new Set(referenceKeys(stored?.definition.secrets ?? {}));
      return [{ secret, isNeeded: (key) => own.has(key) || held.has(key) }];
    });
  }

  async #valuesOf(workload: Workload): Promise<Record<string, string>> {
    await this.require([workload]);
    return Object.fromEntries(
      wantedOf(workload.secrets).flatMap(({ name, fingerprint }) => {
        const value = this.#known.get(fingerprint);
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
  }

  async #keys(purpose: 'find' | 'make' | 'preview'): Promise<IdentityKeys> {
    this.#identity ??= readIdentity(this.#client);
    const existing = await this.#identity.catch((error: unknown) => {
      this.#identity = undefined;
      throw error;
    });
    if (existing !== undefined) return existing;
    this.#identity = undefined;
    const users = await this.#usersOfKey();
    if (users.length > 0 || purpose === 'find') throw lostKey(users);
    if (purpose === 'preview') return (this.#preview ??= newIdentity());
    const made = makeIdentity(this.#client);
    this.#identity = made;
    return made;
  }

  /** What a key that isn't there has recognised, in fox's words. */
  async #usersOfKey(): Promise<string[]> {
    const [configMaps, copies] = await Promise.all([
      this.#client.list<V1ConfigMap>('configmaps', {
        labelSelector: `${label.managedBy}=${managedBy},${label.kind} in (${kind.environment},${kind.configuration})`,
      }),
      this.#client.list<V1Secret>('secrets', { labelSelector: copySelector }),
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
}

function hasSecrets({ secrets }: Workload): boolean {
  return Object.keys(secrets).length > 0;
}

function wantedOf(secrets: Readonly<Record<string, string>>): WantedSecret[] {
  return Object.entries(secrets).map(([name, fingerprint]) => ({ name, fingerprint }));
}

function keysOf(secrets: Readonly<Record<string, string>>): string[] {
  return wantedOf(secrets).map(keyOf);
}

function keyOf({ name, fingerprint }: WantedSecret): string {
  return secretKey(name, fingerprint);
}

/** Keys of those whose values fox keeps. */
function referenceKeys(secrets: Readonly<Record<string, SecretReference>>): string[] {
  return Object.entries(secrets).flatMap(([name, { fingerprint, from }]) =>
    from === undefined ? [secretKey(name, fingerprint)] : [],
  );
}

function missingSource(
  secret: V1Secret | undefined,
  { name, key }: { readonly name: string; readonly key: string },
): FoxError {
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
function ownSource({ name }: { readonly name: string }): FoxError {
  return new FoxError('REFUSED', `Secret ${name} is fox's own, and changes with what it is for`, {
    hints: [
      'A virtual environment has the secrets of another one by inheriting from it: `fox env set <name> --parent <other>`.',
    ],
  });
}

function notToBeHad(problems: readonly SecretProblem[]): FoxError {
  const what =
    problems.length === 1 ? 'the value of a secret that is needed' : 'values of secrets that are needed';
  const message = `${what} can't be had; nothing was changed`;
  return new FoxError('REFUSED', message, {
    details: problems.map(secretProblemText),
    hints: [...new Set(problems.map(({ hint }) => hint))],
  });
}

function lostKey(users: readonly string[]): FoxError {
  return new FoxError(
    'REFUSED',
    `Secret ${objectName.identity} is gone: without its key secrets aren't recognised again, and equal values would look different`,
    { details: users.length === 0 ? [] : [`recognised by it: ${users.join(', ')}`], hints: restoreHints },
  );
}
