// The embedded cluster's store on LMDB: objects as JSON by resource, namespace and name, under one revision counter.
import { ChangeWindow } from './change-window.ts';
import { Database, type Transaction } from './database.ts';
import type { KubeObject, ObjectStore, RecordTable, ResourceName, StoreEvent } from './object-store.ts';
import { Records } from './records.ts';
import { SealedValues } from './sealed-values.ts';
import { alreadyExists, notFound, stopped } from './status-error.ts';
import { firstOf, frozen, successor } from './stored-object.ts';

const revisionKey = 'revision';
const windowLimits = { events: 10_000, bytes: 16 * 2 ** 20 };

/**
 * Opens the store of a directory (made, private to the user, if it doesn't exist).
 * @param options.readOnly for looking at a cluster, running or stopped: writes and watches are refused; empty if there is nothing.
 * @throws FoxError FILE_SYSTEM when it can't be opened.
 */
export function openStore(directory: string, options: { readonly readOnly?: boolean } = {}): ObjectStore {
  const readOnly = options.readOnly ?? false;
  const database = new Database(directory, readOnly);
  return new LmdbStore(database, SealedValues.of(database, directory, readOnly), readOnly);
}

/** What a write leaves: the event that tells of it, and the size of its object as JSON text. */
interface Written {
  readonly written: true;
  readonly event: StoreEvent;
  readonly bytes: number;
}

/** A write that found nothing to do. */
interface Unwritten<T> {
  readonly written: false;
  readonly found: T;
}

class LmdbStore implements ObjectStore {
  readonly records: RecordTable;
  readonly #database: Database;
  readonly #sealed: SealedValues;
  readonly #readOnly: boolean;
  readonly #window: ChangeWindow;
  /** Parsed objects by resource and key, loaded when first asked for; valid for #version. */
  readonly #loaded = new Map<ResourceName, Map<string, KubeObject>>();
  #version: number;

  constructor(database: Database, sealed: SealedValues, readOnly: boolean) {
    this.#database = database;
    this.#sealed = sealed;
    this.#readOnly = readOnly;
    this.#version = revision(database.get(revisionKey));
    this.#window = new ChangeWindow(this.#version, windowLimits);
    this.records = new Records(database, readOnly);
  }

  get version(): number {
    this.#refresh();
    return this.#version;
  }

  get(resource: ResourceName, namespace: string, name: string): KubeObject | undefined {
    return this.#objects(resource).get(objectKey(resource, namespace, name));
  }

  list(resource: ResourceName, namespace?: string): { items: KubeObject[]; version: number } {
    const objects = this.#objects(resource);
    return { items: sortedBelow(objects, resource, namespace), version: this.#version };
  }

  listAt(resource: ResourceName, namespace: string | undefined, version: number): KubeObject[] {
    const objects = this.#objects(resource);
    if (version === this.#version) return sortedBelow(objects, resource, namespace);
    const past = new Map(objects);
    // Undone one by one, the latest first.
    for (const event of this.#window.since(version).toReversed()) {
      const { name, namespace: room = '' } = event.object.metadata;
      if (event.resource !== resource) continue;
      const key = objectKey(resource, room, name);
      if (event.previous === undefined) past.delete(key);
      else past.set(key, event.previous);
    }
    return sortedBelow(past, resource, namespace);
  }

  async create(resource: ResourceName, object: KubeObject): Promise<KubeObject> {
    const { namespace = '', name } = object.metadata;
    const key = objectKey(resource, namespace, name);
    return this.#write<never>((transaction, version) => {
      if (transaction.get(key) !== undefined) throw alreadyExists(resource, name);
      return this.#put(transaction, key, {
        type: 'ADDED',
        resource,
        version,
        object: firstOf(object, version),
      });
    });
  }

  async change(
    resource: ResourceName,
    namespace: string,
    name: string,
    change: (object: KubeObject) => KubeObject | undefined,
  ): Promise<KubeObject> {
    const key = objectKey(resource, namespace, name);
    return this.#write<KubeObject>((transaction, version) => {
      const previous = this.#stored(transaction, resource, key);
      if (previous === undefined) throw notFound(resource, name);
      const wanted = change(structuredClone(previous));
      if (wanted === undefined) return { written: false, found: previous };
      const changed = successor(previous, wanted, version);
      if (changed === undefined) return { written: false, found: previous };
      return this.#put(transaction, key, { type: 'MODIFIED', resource, version, object: changed, previous });
    });
  }

  async remove(
    resource: ResourceName,
    namespace: string,
    name: string,
    uid?: string,
  ): Promise<KubeObject | undefined> {
    const key = objectKey(resource, namespace, name);
    return this.#write<undefined>((transaction, version) => {
      const previous = this.#stored(transaction, resource, key);
      const isMeant = uid === undefined || previous?.metadata.uid === uid;
      if (previous === undefined || !isMeant) return { written: false, found: undefined };
      transaction.remove(key);
      const object = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(version) } };
      return {
        written: true,
        event: { type: 'DELETED', resource, version, object: frozen(object) ?? object, previous },
        bytes: 0,
      };
    });
  }

  watch(fromVersion: number, listener: (event: StoreEvent) => void): () => void {
    if (this.#readOnly) throw stopped();
    this.#refresh();
    return this.#window.watch(fromVersion, listener);
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  /** Runs a write in one transaction at the next version, shows its event to the watchers, and waits for the disk. */
  async #write<Found>(
    work: (transaction: Transaction, version: number) => Written | Unwritten<Found>,
  ): Promise<KubeObject | Found> {
    if (this.#readOnly) throw stopped();
    let foundAt = 0;
    const outcome = this.#database.transact((transaction) => {
      foundAt = revision(transaction.get(revisionKey));
      const done = work(transaction, foundAt + 1);
      if (done.written) transaction.put(revisionKey, foundAt + 1);
      return done;
    });
    if (!outcome.written) return outcome.found;
    // Nobody else writes objects while we do; if somebody did before, what is in memory is of the past.
    if (foundAt !== this.#version) this.#forget(foundAt);
    this.#apply(outcome);
    await this.#database.flushed();
    return outcome.event.object;
  }

  /** What a transaction finds; the copy in memory if that is the same, as the window of changes keeps it for long. */
  #stored(transaction: Transaction, resource: ResourceName, key: string): KubeObject | undefined {
    const stored = this.#sealed.decode(key, transaction.get(key)) as KubeObject | undefined;
    const known = this.#loaded.get(resource)?.get(key);
    const same = known?.metadata.resourceVersion === stored?.metadata.resourceVersion;
    return same ? known : frozen(stored);
  }

  /** Stores an object; the event shows a frozen copy, exactly as a later read shows it. */
  #put(transaction: Transaction, key: string, event: StoreEvent): Written {
    const text = JSON.stringify(event.object);
    const object = frozen(JSON.parse(text)) ?? event.object;
    transaction.put(key, this.#sealed.encode(key, object));
    return { written: true, event: { ...event, object }, bytes: text.length };
  }

  #apply({ event, bytes }: Written): void {
    const { namespace = '', name } = event.object.metadata;
    const objects = this.#loaded.get(event.resource);
    const key = objectKey(event.resource, namespace, name);
    if (event.type === 'DELETED') objects?.delete(key);
    else objects?.set(key, event.object);
    this.#version = event.version;
    this.#window.push(event, bytes);
  }

  #objects(resource: ResourceName): Map<string, KubeObject> {
    this.#refresh();
    const loaded = this.#loaded.get(resource);
    if (loaded !== undefined) return loaded;
    const objects = new Map<string, KubeObject>();
    for (const { key, value } of this.#database.entries(prefixOf(resource))) {
      const object = frozen(this.#sealed.decode(key, value));
      if (object !== undefined) objects.set(key, object);
    }
    this.#loaded.set(resource, objects);
    return objects;
  }

  /** Another process may have written: one small read tells. */
  #refresh(): void {
    const stored = revision(this.#database.get(revisionKey));
    if (stored !== this.#version) this.#forget(stored);
  }

  #forget(version: number): void {
    this.#loaded.clear();
    this.#version = version;
    this.#window.restart(version);
  }
}

function sortedBelow(
  objects: ReadonlyMap<string, KubeObject>,
  resource: ResourceName,
  namespace: string | undefined,
): KubeObject[] {
  const prefix = namespace === undefined ? prefixOf(resource) : `${prefixOf(resource)}${namespace}/`;
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).toSorted();
  return keys.flatMap((key) => objects.get(key) ?? []);
}

// No name contains a slash, so no key can be taken for another.
function prefixOf(resource: ResourceName): string {
  return `object/${resource}/`;
}

function objectKey(resource: ResourceName, namespace: string, name: string): string {
  return `${prefixOf(resource)}${namespace}/${name}`;
}

function revision(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
