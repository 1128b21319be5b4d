// Finds values of secrets by name and fingerprint: in the environments' own Secrets, in other tools', and in workloads' copies.
import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import type { SecretReference } from '../../core/environments/environment-definition.ts';
import { fingerprintOf, secretKey, shortFingerprint } from '../../core/environments/fingerprint.ts';
import { kind, label, managedBy, objectName } from '../../core/labels.ts';
import { utf8Text } from '../../core/environments/secret-value.ts';
import type { ApiClient } from '../api/api-client.ts';
import { readEnvironment } from '../objects/environment-object.ts';
import { environmentSelector } from './environment-secrets.ts';

import { copySelector, fingerprintsIn } from './workload-secret.ts';

/** A secret that something needs. */
export interface WantedSecret {
  readonly name: string;
  readonly fingerprint: string;
}

/** Why a value can't be had, and the command that mends it. */
export interface SecretProblem {
  readonly secret: WantedSecret;
  /** Sentence fragment: `Secret fox-env-dev doesn't exist`. */
  readonly why: string;
  readonly hint: string;
}

/** `PASSWORD (1a2b3c4d): Secret fox-env-dev doesn't exist` */
export function secretProblemText({ secret: { name, fingerprint }, why }: SecretProblem): string {
  return `${name} (${shortFingerprint(fingerprint)}): ${why}`;
}

/** A secret's reference as an environment has it. */
interface Recorded {
  readonly environment: string;
  readonly name: string;
  readonly reference: SecretReference;
}

/** Where values are looked for: all of a namespace that may have some. */
export class ValueSearch {
  readonly #client: ApiClient;
  readonly #key: Uint8Array;
  readonly #recorded: readonly Recorded[];
  readonly #kept: readonly V1Secret[];
  readonly #copies: readonly V1Secret[];

  private constructor(
    client: ApiClient,
    key: Uint8Array,
    recorded: readonly Recorded[],
    kept: readonly V1Secret[],
    copies: readonly V1Secret[],
  ) {
    this.#client = client;
    this.#key = key;
    this.#recorded = recorded;
    this.#kept = kept;
    this.#copies = copies;
  }

  /** Reads what a namespace has, with three requests. */
  static async over(client: ApiClient, key: Uint8Array): Promise<ValueSearch> {
    const [kept, copies, environments] = await Promise.all([
      client.list<V1Secret>('secrets', { labelSelector: environmentSelector }),
      client.list<V1Secret>('secrets', { labelSelector: copySelector }),
      client.list<V1ConfigMap>('configmaps', {
        labelSelector: `${label.managedBy}=${managedBy},${label.kind}=${kind.environment}`,
      }),
    ]);
    const recorded = environments.items.flatMap((object) => {
      const { definition } = readEnvironment(object);
      return Object.entries(definition.secrets ?? {}).map(([name, reference]) => ({
        environment: definition.name,
        name,
        reference,
      }));
    });
    return new ValueSearch(client, key, recorded, kept.items, copies.items);
  }

  /** The value, or why it can't be had. What another tool looks after counts as that has it now. */
  async find(secret: WantedSecret): Promise<string | SecretProblem> {
    const found = this.#inEnvironments(secret);
    if (found !== undefined) return found;
    const recorded = this.#recorded.filter(
      ({ name, reference }) => name === secret.name && reference.fingerprint === secret.fingerprint,
    );
    const problems: SecretProblem[] = [];
    for (const each of recorded) {
      const value = await this.#inOthers(secret, each);
      if (typeof value === 'string') return value;
      problems.push(value);
    }
    // A Secret that was changed by its tool has taken its old value back; one that is lost hasn't.
    if (!recorded.some(({ reference }) => reference.from !== undefined)) {
      const copied = this.#inCopies(secret);
      if (copied !== undefined) return copied;
    }
    return problems[0] ?? unknownProblem(secret);
  }

  #inEnvironments({ name, fingerprint }: WantedSecret): string | undefined {
    const key = secretKey(name, fingerprint);
    return this.#valid(
      this.#kept.map(({ data }) => data?.[key]),
      fingerprint,
    );
  }

  #inCopies({ name, fingerprint }: WantedSecret): string | undefined {
    const having = this.#copies.filter((copy) => fingerprintsIn(copy)?.[name] === fingerprint);
    return this.#valid(
      having.map(({ data }) => data?.[name]),
      fingerprint,
    );
  }

  async #inOthers(
    secret: WantedSecret,
    { environment, reference: { from } }: Recorded,
  ): Promise<string | SecretProblem> {
    const set = `fox env set -e ${environment} --secret ${secret.name}`;
    if (from === undefined) {
      const kept = this.#kept.some(({ metadata }) => metadata?.labels?.[label.environment] === environment);
      const name = objectName.environment(environment);
      const why = kept ? `Secret ${name} doesn't have its value` : `Secret ${name} doesn't exist`;
      return { secret, why, hint: `Set it again, to the same value or another one: \`${set}\`.` };
    }
    const takeOver = `${set} --from-secret ${from.name}/${from.key}`;
    const other = await this.#client.get<V1Secret>('secrets', from.name);
    const encoded = other?.data?.[from.key];
    if (encoded === undefined) {
      const why =
        other === undefined
          ? `Secret ${from.name} of another tool doesn't exist`
          : `Secret ${from.name} of another tool has no key ${from.key}`;
      return {
        secret,
        why,
        hint: `Restore it; or refer to another one: \`${set} --from-secret <name>/<key>\`.`,
      };
    }
    const value = this.#valid([encoded], secret.fingerprint);
    if (value !== undefined) return value;
    const why = `${from.key} of Secret ${from.name} has changed since ${environment} took it over`;
    return { secret, why, hint: `Take its new value over: \`${takeOver}\`.` };
  }

  /** The first of these base64 texts that has the fingerprint. */
  #valid(encoded: readonly (string | undefined)[], fingerprint: string): string | undefined {
    for (const text of encoded) {
      const value = text === undefined ? undefined : utf8Text(Buffer.from(text, 'base64'));
      if (value !== undefined && fingerprintOf(this.#key, value) === fingerprint) return value;
    }
    return undefined;
  }
}

function unknownProblem(secret: WantedSecret): SecretProblem {
  return {
    secret,
    why: 'its value is nowhere any more: it is held by a release only, and the workload that had it is gone',
    hint: 'Release a version anew: `fox release <version>` takes what the virtual environment has now.',
  };
}
