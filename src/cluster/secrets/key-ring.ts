// The keys of a namespace when they are needed: read once, made when nothing was recognised by others before.
import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import { FoxError } from '../../core/errors.ts';
import { kind, label, managedBy, objectName } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';
import { readConfiguration } from '../objects/configuration-object.ts';
import { readEnvironment } from '../objects/environment-object.ts';
import { type IdentityKeys, makeIdentity, newIdentity, readIdentity, restoreHint } from './identity-key.ts';
import { copySelector } from './workload-secret.ts';

/** `make`: they are made if there are none · `preview`: keys that nobody keeps yet do, too · `find`: they have to be there. */
type Purpose = 'make' | 'preview' | 'find';

/** Secrets of an environment that are entered anew: keys that are lost needn't recognise them any more. */
export interface EnteredAnew {
  readonly environment: string;
  /** Has their names. */
  readonly names: { readonly has: (name: string) => boolean };
}

/** The keys of one namespace. */
export class KeyRing {
  readonly #client: ApiClient;
  #reading: Promise<IdentityKeys | undefined> | undefined;
  #preview: IdentityKeys | undefined;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** @throws FoxError REFUSED if they are lost, and not all that they recognised is entered anew. */
  async keys(purpose: Purpose, anew?: EnteredAnew): Promise<IdentityKeys> {
    const existing = await this.existing();
    if (existing !== undefined) return existing;
    const users = await usersOfKeys(this.#client);
    if (purpose === 'find' || !users.every((each) => isReplaced(each, anew, users))) throw lostKeys(users);
    if (purpose === 'preview') return (this.#preview ??= newIdentity());
    const made = makeIdentity(this.#client);
    this.#reading = made;
    return made;
  }

  /** Whether nobody keeps these keys yet. */
  isPreview(keys: IdentityKeys): boolean {
    return keys === this.#preview;
  }

  /** Makes keys of a preview those of the namespace. @throws FoxError CONFLICT if it has got others meanwhile. */
  async keepPreview(): Promise<void> {
    const preview = this.#preview;
    if (preview === undefined) return;
    const kept = await makeIdentity(this.#client, preview);
    if (Buffer.compare(kept.fingerprints, preview.fingerprints) !== 0) throw otherKeys();
    this.#preview = undefined;
    this.#reading = Promise.resolve(kept);
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

/** Something that keys which aren't there have recognised. */
interface KeyUser {
  /** In fox's words. */
  readonly text: string;
  readonly isWorkload?: boolean;
  /** What has to be done until it is no such thing any more. */
  readonly remedy: string;
  /** What an environment says itself. */
  readonly secrets?: { readonly environment: string; readonly names: readonly string[] };
}

/** Workloads have what environments say, or what releases hold on to. */
function isReplaced(
  { secrets, ...user }: KeyUser,
  anew: EnteredAnew | undefined,
  all: readonly KeyUser[],
): boolean {
  if (anew === undefined) return false;
  if (secrets !== undefined)
    return secrets.environment === anew.environment && secrets.names.every((name) => anew.names.has(name));
  return user.isWorkload === true && all.some((each) => each.secrets !== undefined);
}

async function usersOfKeys(client: ApiClient): Promise<KeyUser[]> {
  const [configMaps, copies] = await Promise.all([
    client.list<V1ConfigMap>('configmaps', {
      labelSelector: `${label.managedBy}=${managedBy},${label.kind} in (${kind.environment},${kind.configuration})`,
    }),
    client.list<V1Secret>('secrets', { labelSelector: copySelector }),
  ]);
  const workloads = copies.items.map(({ metadata: { name = '', labels = {} } = {} }) => ({
    text: `workload ${name}`,
    isWorkload: true,
    remedy: `\`fox delete <version> --app ${labels[label.app] ?? ''}\` of those with secrets`,
  }));
  return [...workloads, ...configMaps.items.flatMap(userIn)];
}

/** An environment, or what a release holds on to, if it says something of secrets. */
function userIn(object: V1ConfigMap): KeyUser[] {
  const isEnvironment = object.metadata?.labels?.[label.kind] === kind.environment;
  const { name, secrets = {} } = isEnvironment
    ? readEnvironment(object).definition
    : (readConfiguration(object)?.environment ?? { name: '' });
  const names = Object.keys(secrets);
  if (names.length === 0) return [];
  const text = `virtual environment ${name}`;
  if (isEnvironment) {
    const remedy = `\`fox env unset -e ${name} ${names.join(' ')}\``;
    return [{ text, remedy, secrets: { environment: name, names } }];
  }
  return [{ text, remedy: `\`fox env delete ${name}\`, for its releases hold on to what they had` }];
}

function otherKeys(): FoxError {
  return new FoxError(
    'CONFLICT',
    `somebody else made Secret ${objectName.identity} at the same time; nothing was changed by this command`,
    { hints: ['Run this again.'] },
  );
}

function lostKeys(users: readonly KeyUser[]): FoxError {
  const texts = [...new Set(users.map(({ text }) => text))];
  const remedies = [...new Set(users.map(({ remedy }) => remedy))];
  const anew = `Without one, all secrets are entered anew. First what it recognised has to go: ${remedies.join('; ')}. Then \`fox env set -e <name> --secret <NAME>\` makes a new key, and \`fox deploy\` what was deleted.`;
  return new FoxError(
    'REFUSED',
    `Secret ${objectName.identity} is gone: without its key secrets aren't recognised again, and equal values would look different`,
    {
      details: texts.length === 0 ? [] : [`recognised by it: ${texts.join(', ')}`],
      hints: [restoreHint, ...(atOnce(users) ?? (remedies.length === 0 ? [] : [anew]))],
    },
  );
}

/** One environment alone says something of secrets: all of them can be entered anew, and nothing has to go before. */
function atOnce(users: readonly KeyUser[]): string[] | undefined {
  const [own, ...others] = users.filter(({ isWorkload = false }) => !isWorkload);
  if (own?.secrets === undefined || others.length > 0) return undefined;
  const { environment, names } = own.secrets;
  const set = `fox env set -e ${environment}`;
  if (names.length === 1)
    return [
      `Without one, enter the only secret anew: \`${set} --secret ${names.join('')}\` makes a new key.`,
    ];
  const all = names.map((name) => `${name}=…`).join(', ');
  return [
    `Without one, enter all secrets anew, at once: \`${set} --secrets <file>\` makes a new key; the file has ${all}, a line each.`,
  ];
}
