// What the embedded cluster's parts know of its store: typed objects with resource versions, and a stream of their changes.

/** Any Kubernetes object, as JSON. Only what every kind has is typed. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: KubeMetadata;
  [field: string]: unknown;
}

/** metadata of a stored object. Times are RFC 3339 in UTC with seconds. */
export interface KubeMetadata {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  /** Who manages which fields; kept by the API. */
  managedFields?: object[];
}

/** Who owns an object; when the owner is gone, so is the object. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Which collection is meant: plural name as in URLs, e.g. `pods`, `deployments`, `configmaps`. */
export type ResourceName = string;

/** One change. `version` is the store's revision after it; objects are not to be mutated by who receives them. */
export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  resource: ResourceName;
  version: number;
  object: KubeObject;
  /** The object before the change (absent for ADDED): watches with a selector need it. */
  previous?: KubeObject;
}

/**
 * The store that API, controllers and process runtime share, in one process. Reads are synchronous; what they return
 * is shared and frozen: copy (`structuredClone`) before changing it. Writes validate nothing but existence and reject with a
 * StatusError (404, 409, 507) otherwise. A write survives the death of any process once its promise exists, and the machine's
 * once it resolves; watchers hear of it in between. Objects are written by one process at a time (who holds the cluster's
 * claim); others may read, and use `records`.
 */
export interface ObjectStore {
  get(resource: ResourceName, namespace: string, name: string): KubeObject | undefined;
  list(resource: ResourceName, namespace?: string): { items: KubeObject[]; version: number };
  /** The collection as it was at a version. Throws a 410 Expired StatusError when that is older than what is kept. */
  listAt(resource: ResourceName, namespace: string | undefined, version: number): KubeObject[];
  /** Sets uid, creationTimestamp, generation and resourceVersion. 409 AlreadyExists when the name is taken. */
  create(resource: ResourceName, object: KubeObject): Promise<KubeObject>;
  /**
   * Reads, changes and writes one object in one transaction: `change` gets a private copy and returns what is to be
   * stored (or undefined to leave it); what it throws, `change` rejects with. Nothing is written, and no event sent, when
   * nothing changes. uid, creationTimestamp and generation are the store's: the generation rises when `spec` changes.
   * 404 when it doesn't exist.
   */
  change(
    resource: ResourceName,
    namespace: string,
    name: string,
    change: (object: KubeObject) => KubeObject | undefined,
  ): Promise<KubeObject>;
  /**
   * Removes the object at once (grace periods and finalizers are the API's and the runtime's affair).
   * Undefined when it was gone, or another one has its name (`uid` given).
   */
  remove(
    resource: ResourceName,
    namespace: string,
    name: string,
    uid?: string,
  ): Promise<KubeObject | undefined>;
  /**
   * Calls `listener` for every change after `fromVersion`, in order, each once.
   * The first call comes after this returned. Throws a 410 Expired StatusError when `fromVersion` is older than what is
   * kept. Returns the function that ends it.
   */
  watch(fromVersion: number, listener: (event: StoreEvent) => void): () => void;
  /** Current revision; rises by one with every write and never falls, also over restarts. */
  readonly version: number;
  /** Small private records that are no API objects (claims, ports, processes), by string key; same durability. */
  readonly records: RecordTable;
  close(): Promise<void>;
}

/**
 * Private durable records; values are JSON, of the type that the key's owner stores.
 * `update` runs in one cross-process transaction; what `change` throws undoes it.
 */
// oxlint-disable typescript/no-unnecessary-type-parameters
export interface RecordTable {
  get<T>(key: string): T | undefined;
  entries<T>(prefix: string): { key: string; value: T }[];
  update<T, R>(
    key: string,
    change: (value: T | undefined) => { value: T | undefined; result: R },
  ): Promise<R>;
}
