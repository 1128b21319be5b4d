// The node of the embedded cluster: sees to it that what the Pods say runs as processes on this machine.
import { join } from 'node:path';
import type { PodLogs } from '../api/pod-logs.ts';
import type { ObjectStore, StoreEvent } from '../store/object-store.ts';
import { CallPorts } from './call-ports.ts';
import { EventRecorder } from './event-recorder.ts';
import type { NodeContext } from './node-context.ts';
import { nodeName, type Pod } from './pod.ts';
import { PodLogDirectory } from './pod-logs.ts';
import { portOwner, rememberedPort, workloadOf } from './pod-ports.ts';
import { PodWorker } from './pod-worker.ts';
import type { PortAllocator } from './port-allocator.ts';
import { ProcessRecords } from './process-records.ts';
import { awaitPods, recoverPods } from './recover-pods.ts';
import { openRootfsCache, type RootfsCache } from './rootfs-cache.ts';
import { Turns } from './turns.ts';

/** What a runtime works with. */
export interface RuntimeOptions {
  readonly store: ObjectStore;
  /** Directory for logs and unpacked images. */
  readonly home: string;
  /** Directory of the OCI image layout. */
  readonly images: string;
  readonly ports: PortAllocator;
  /** What containers get PATH, HOME, TMPDIR and LANG from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long a pod waits for the router to listen on its call ports, in ms; 0 where there is no router. */
  readonly callPortPatience: number;
  /** Told of failures that no object's status can tell. */
  readonly report: (error: unknown) => void;
}

/** Runs the pods of one store. */
export class ProcessRuntime {
  readonly #store: ObjectStore;
  readonly #node: NodeContext;
  readonly #logs: PodLogDirectory;
  readonly #images: RootfsCache;
  readonly #events: EventRecorder;
  readonly #workers = new Map<string, PodWorker>();
  #unwatch: (() => void) | undefined;

  constructor({ store, home, images, ports, environment, callPortPatience, report }: RuntimeOptions) {
    this.#store = store;
    this.#logs = new PodLogDirectory(join(home, 'logs'), report);
    this.#images = openRootfsCache(images, join(home, 'rootfs'));
    this.#events = new EventRecorder(store, report);
    this.#node = {
      store,
      images: this.#images,
      logs: this.#logs,
      ports,
      callPorts: new CallPorts(store.records, ports),
      processes: new ProcessRecords(store.records),
      record: this.#events.record,
      turns: new Turns(),
      report,
      environment,
      callPortPatience,
    };
  }

  /** The logs of all pods. */
  get logs(): PodLogs {
    return this.#logs;
  }

  /**
   * Ends what a dead daemon left behind and corrects what its pods claim: to be called before anybody can read the
   * store, and while no router runs. Resolves to the number of processes that were ended.
   */
  async prepare(): Promise<number> {
    const ended = await recoverPods(this.#store);
    await awaitPods(this.#store);
    const pods = this.#pods();
    for (const pod of pods) {
      const port = rememberedPort(pod);
      if (port !== undefined) this.#node.ports.reserve(port, portOwner(pod));
    }
    await this.#node.callPorts.restore(new Set(pods.map(workloadOf)));
    return ended;
  }

  /** Begins to run pods. */
  start(): void {
    const { items, version } = this.#store.list('pods');
    this.#unwatch = this.#store.watch(version, (event) => this.#onEvent(event));
    for (const pod of items) this.#take(pod as Pod);
    this.#sweep(items as Pod[]).catch(this.#node.report);
  }

  /** Ends all processes, each within so many milliseconds, and leaves the pods saying so. */
  async stop(milliseconds: number): Promise<void> {
    this.#unwatch?.();
    const workers = [...this.#workers.values()];
    for (const worker of workers) worker.stop(milliseconds);
    await Promise.all(workers.map(({ done }) => done));
    await this.#events.settled();
  }

  #onEvent({ resource, type, object }: StoreEvent): void {
    if (resource !== 'pods') return;
    const pod = object as Pod;
    if (type !== 'DELETED') return this.#take(pod);
    this.#dismiss(pod);
    const workload = workloadOf(pod);
    const hasPod = () => this.#pods().some((other) => workloadOf(other) === workload);
    this.#node.callPorts.forget(workload, hasPod).catch(this.#node.report);
  }

  #take(pod: Pod): void {
    const { uid } = pod.metadata;
    const worker = this.#workers.get(uid);
    if (worker !== undefined) return worker.update(pod);
    if (!isOurs(pod)) return;
    this.#workers.set(uid, new PodWorker(this.#node, pod));
  }

  /** The object is gone; the worker goes when nothing of the pod runs any more. */
  #dismiss({ metadata: { uid } }: Pod): void {
    const worker = this.#workers.get(uid);
    worker?.vanish();
    worker?.done.then(() => this.#workers.delete(uid), this.#node.report);
  }

  async #sweep(pods: readonly Pod[]): Promise<void> {
    await this.#logs.sweep(new Set(pods.map(({ metadata }) => metadata.uid)));
    await this.#images.sweep(pods.flatMap(({ spec }) => spec.containers.map(({ image }) => image)));
  }

  #pods(): Pod[] {
    return this.#store.list('pods').items as Pod[];
  }
}

/** The pod is for this node: it says so, or it leaves that to the scheduler, of which there is one. */
function isOurs({ spec }: Pod): boolean {
  if (spec.nodeName !== undefined && spec.nodeName !== '') return spec.nodeName === nodeName;
  return (spec['schedulerName'] ?? 'default-scheduler') === 'default-scheduler';
}
