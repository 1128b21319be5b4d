// Values of secrets in a namespace: recognised by fingerprints, kept in Secrets, found again for workloads, shown to nobody.
import type { V1Deployment } from '@kubernetes/client-node';
import type { SecretReference } from '../../core/environments/environment-definition.ts';
import { FoxError } from '../../core/errors.ts';
import { fingerprintOf, secretKey } from '../../core/environments/fingerprint.ts';
import { objectName } from '../../core/labels.ts';
import type { Workload } from '../../core/version/workload.ts';
import type { ApiClient } from '../api/api-client.ts';
import { addValues, lacksValues, removeKeys, secretUid, type SecretValues } from './environment-secrets.ts';
import { type KeptValues, keptValues } from './kept-values.ts';
import { type EnteredAnew, KeyRing } from './key-ring.ts';
import { otherValue, type SecretKey } from './other-secret.ts';
import { type Gone, secretNeeds, type SecretUsers } from './unused-values.ts';
import { type SecretProblem, secretProblemText, ValueSearch, type WantedSecret } from './value-search.ts';
import { adoptCopy, existingCopies, putCopy } from './workload-secret.ts';

/** How values are recognised. */
export interface Recognising {
  /** Without a key, one is used that only {@link SecretVault.keepKey} keeps: who only looks, or may be refused, makes none. */
  readonly isPreview?: boolean;
  /** All that is set by the same command: a key that is lost is made anew if that was all it recognised. */
  readonly anew?: EnteredAnew;
}

/** The secrets of one namespace. */
export class SecretVault {
  readonly #client: ApiClient;
  /** Values that are known, by fingerprint: what has the same one is the same. */
  readonly #known = new Map<string, string>();
  readonly #ring: KeyRing;
  /** Fingerprints by a key that wasn't kept when they were made. */
  readonly #previewed = new Set<string>();

  constructor(client: ApiClient) {
    this.#client = client;
    this.#ring = new KeyRing(client);
  }

  /**
   * Keyed hash of a value (64 hex digits). The namespace's key is made when it is first asked for; a preview is
   * by a key that nobody keeps yet, unless there is one.
   * @throws FoxError REFUSED if the key is lost: what it recognised is still there.
   */
  async fingerprint(value: string, { isPreview = false, anew }: Recognising = {}): Promise<string> {
    const keys = await this.#ring.keys(isPreview ? 'preview' : 'make', anew);
    const fingerprint = fingerprintOf(keys.fingerprints, value);
    if (this.#ring.isPreview(keys)) this.#previewed.add(fingerprint);
    return fingerprint;
  }

  /**
   * Keeps the key by which a preview made these fingerprints, if one did: before anything says them.
   * @throws FoxError CONFLICT if the namespace has got another one meanwhile.
   */
  async keepKey(fingerprints: Iterable<string>): Promise<void> {
    if ([...fingerprints].some((each) => this.#previewed.has(each))) await this.#ring.keepPreview();
  }

  /** Ed25519 private key by which links are signed, as PEM; made with the other when one is first asked for. */
  async linkKey(): Promise<string> {
    return (await this.#ring.keys('make')).links;
  }

  /**
   * Refers to a Secret that another tool looks after.
   * @throws FoxError NOT_FOUND if it or its key doesn't exist, REFUSED if the value can't be a variable.
   */
  async refer(from: SecretKey, options: Recognising = {}): Promise<SecretReference> {
    const value = await otherValue(this.#client, from);
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

  /** Whether {@link store} would write something: a value is new, or somebody has deleted it. */
  async lacks(environment: string, values: SecretValues): Promise<boolean> {
    return values.size > 0 && lacksValues(this.#client, environment, values);
  }

  /** uid of the Secret that keeps an environment's values: its ConfigMap notes it. */
  async uid(environment: string): Promise<string | undefined> {
    return secretUid(this.#client, environment);
  }

  /** What the Secret of an environment keeps, whatever its ConfigMap says. Nothing is recognised where the key is gone. */
  async kept(environment: string): Promise<KeptValues> {
    const keys = await this.#ring.existing();
    return keys === undefined ? new Map() : keptValues(this.#client, keys.fingerprints, environment);
  }

  /**
   * Removes values that no environment and no configuration names any more, and the Secrets of environments that are
   * `gone`. Those of environments that have vanished otherwise, or can't be read, stay. @returns keys that were removed.
   */
  async removeUnused(users: SecretUsers, gone: Gone = []): Promise<string[]> {
    const removed: string[] = [];
    for (const { secret, isNeeded } of await secretNeeds(this.#client, users, gone))
      removed.push(...(await removeKeys(this.#client, secret, isNeeded)));
    return removed;
  }

  /** What {@link removeUnused} would remove: `fox-env-dev/PASSWORD.0123456789abcdef`. */
  async unusedKeys(users: SecretUsers, gone: Gone = []): Promise<string[]> {
    return (await secretNeeds(this.#client, users, gone)).flatMap(
      ({ secret: { metadata, data = {} }, isNeeded }) =>
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
    const search = await ValueSearch.over(this.#client, (await this.#ring.keys('find')).fingerprints);
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
    const names = new Set((await existingCopies(this.#client)).map(({ name }) => name));
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
    return (await existingCopies(this.#client)).filter(({ name }) => !workloads.has(name));
  }

  /** Deletes a copy that {@link orphans} has found. */
  async removeCopy(name: string): Promise<boolean> {
    return this.#client.delete('secrets', name);
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
}

function hasSecrets({ secrets }: Workload): boolean {
  return Object.keys(secrets).length > 0;
}

function wantedOf(secrets: Readonly<Record<string, string>>): WantedSecret[] {
  return Object.entries(secrets).map(([name, fingerprint]) => ({ name, fingerprint }));
}

function keyOf({ name, fingerprint }: WantedSecret): string {
  return secretKey(name, fingerprint);
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
