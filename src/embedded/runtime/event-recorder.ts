// Writes Kubernetes Events about what happens to objects: the same one again is counted, and old ones are removed.
import { randomBytes } from 'node:crypto';
import type { KubeObject, ObjectStore } from '../store/object-store.ts';
import { kubeTime } from './kube-time.ts';
import { namespaceOf, nodeName } from './pod.ts';

/** Records what happened to an object. Never fails: a lost event is reported, not thrown. */
export interface RecordEvent {
  (object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void;
}

interface Known {
  readonly namespace: string;
  readonly name: string;
  readonly lastSeen: number;
}

/** Kubernetes keeps events for an hour. */
const keptMilliseconds = 60 * 60 * 1000;
const keptEvents = 500;
const component = 'fox';

/** Events of one store. */
export class EventRecorder {
  readonly #store: ObjectStore;
  readonly #report: (error: unknown) => void;
  /** By what they say, the one that was seen last at the end. */
  readonly #known = new Map<string, Known>();
  #writing: Promise<void> = Promise.resolve();

  constructor(store: ObjectStore, report: (error: unknown) => void) {
    this.#store = store;
    this.#report = report;
    const events = store.list('events').items.toSorted((a, b) => seenAt(a) - seenAt(b));
    for (const event of events) {
      this.#known.set(keyOf(event), {
        namespace: namespaceOf(event),
        name: event.metadata.name,
        lastSeen: seenAt(event),
      });
    }
  }

  /** As {@link RecordEvent}. */
  readonly record: RecordEvent = (object, type, reason, message, container) => {
    const event = eventFor(object, type, reason, message, container);
    this.#writing = this.#writing.then(() => this.#write(event)).catch(this.#report);
  };

  /** Resolves when all that was recorded is written. */
  settled(): Promise<void> {
    return this.#writing;
  }

  async #write(event: KubeObject): Promise<void> {
    const key = keyOf(event);
    const known = this.#known.get(key);
    this.#known.delete(key);
    const again = known === undefined ? undefined : await this.#count(known);
    const written = again ?? (await this.#store.create('events', event));
    this.#known.set(key, {
      namespace: namespaceOf(written),
      name: written.metadata.name,
      lastSeen: Date.now(),
    });
    await this.#prune();
  }

  /** Undefined when someone removed it. */
  async #count({ namespace, name }: Known): Promise<KubeObject | undefined> {
    if (this.#store.get('events', namespace, name) === undefined) return undefined;
    return this.#store.change('events', namespace, name, (event) => ({
      ...event,
      count: Number(event['count'] ?? 1) + 1,
      lastTimestamp: kubeTime(),
    }));
  }

  async #prune(): Promise<void> {
    const oldest = Date.now() - keptMilliseconds;
    for (const [key, { namespace, name, lastSeen }] of this.#known) {
      if (this.#known.size <= keptEvents && lastSeen >= oldest) return;
      this.#known.delete(key);
      await this.#store.remove('events', namespace, name);
    }
  }
}

function eventFor(
  object: KubeObject,
  type: string,
  reason: string,
  message: string,
  container: string | undefined,
): KubeObject {
  const { name, uid, resourceVersion } = object.metadata;
  const namespace = namespaceOf(object);
  const now = kubeTime();
  return {
    apiVersion: 'v1',
    kind: 'Event',
    // The store sets the rest.
    metadata: {
      name: `${name}.${randomBytes(8).toString('hex')}`,
      namespace,
      uid: '',
      resourceVersion: '',
      creationTimestamp: now,
    },
    involvedObject: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      namespace,
      name,
      uid,
      resourceVersion,
      ...(container === undefined ? {} : { fieldPath: `spec.containers{${container}}` }),
    },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component, host: nodeName },
    reportingComponent: component,
    reportingInstance: nodeName,
  };
}

function keyOf(event: KubeObject): string {
  const { uid } = (event['involvedObject'] ?? {}) as { uid?: string };
  return JSON.stringify([uid, event['type'], event['reason'], event['message']]);
}

function seenAt(event: KubeObject): number {
  const { lastTimestamp } = event as { lastTimestamp?: string };
  return Date.parse(lastTimestamp ?? event.metadata.creationTimestamp) || 0;
}
