// The life of one pod on this machine: ports, containers, status, end.
import { ContainerRunner } from './container-runner.ts';
import type { NodeContext } from './node-context.ts';
import { BackOff } from './back-off.ts';
import { pause } from './pause.ts';
import { type Container, defaultGraceSeconds, namespaceOf, nodeName, type Pod } from './pod.ts';
import {
  awaitCallPorts,
  freshPort,
  obtainPorts,
  portAnnotations,
  portOwner,
  type PodPorts,
  portVariables,
} from './pod-ports.ts';
import { newContainerStatus, podStatus } from './pod-status.ts';
import { StatusWriter } from './status-writer.ts';

/** Why a pod's processes have to end. */
type Ending = 'deleted' | 'vanished' | 'node-stops';

/** Runs one pod from when it is first seen until it is gone or the node stops. */
export class PodWorker {
  /** Resolves when nothing of the pod runs any more. */
  readonly done: Promise<void>;
  readonly #node: NodeContext;
  readonly #runners: readonly ContainerRunner[];
  readonly #writer: StatusWriter;
  readonly #ended = new AbortController();
  #pod: Pod;
  #ports: PodPorts | undefined;
  #ending: Ending | undefined;
  #idle = false;

  constructor(node: NodeContext, pod: Pod) {
    this.#node = node;
    this.#pod = pod;
    this.#writer = new StatusWriter(node.store, pod, (stored) => this.#described(stored), node.report);
    this.#runners = pod.spec.containers.map((container, index) => this.#runner(container, index === 0));
    this.done = this.#run().catch(node.report);
  }

  /** The pod's object changed. */
  update(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    const isDeleted = pod.metadata.deletionTimestamp !== undefined;
    const isNews =
      before.metadata.deletionTimestamp === undefined || graceSeconds(pod) < graceSeconds(before);
    if (isDeleted && isNews) this.#end('deleted', graceSeconds(pod) * 1000);
    if (this.#idle) this.#remove().catch(this.#node.report);
  }

  /** The pod's object is gone: nothing may go on running. */
  vanish(): void {
    this.#end('vanished', 0);
  }

  /** The node stops: the processes end, the pod stays. They have so many milliseconds. */
  stop(milliseconds: number): void {
    this.#end('node-stops', milliseconds);
  }

  async #run(): Promise<void> {
    if (this.#pod.metadata.deletionTimestamp !== undefined) this.#end('deleted', 0);
    await this.#admit();
    await Promise.all(this.#runners.map((runner) => runner.run()));
    await this.#writer.write();
    if (this.#ending === undefined)
      await new Promise((resolve) => this.#ended.signal.addEventListener('abort', resolve));
    await this.#node.processes.forget(this.#pod.metadata.uid);
    this.#idle = true;
    if (this.#ending === 'node-stops') await this.#node.logs.close(this.#pod.metadata.uid);
    else await this.#release();
  }

  /** Gives the pod its place and its ports, and tells so before anything is started. */
  async #admit(): Promise<void> {
    const backOff = new BackOff();
    while (this.#ending === undefined) {
      try {
        this.#ports = await obtainPorts(this.#node, this.#pod);
        await this.#writer.write();
        return await awaitCallPorts(this.#node, this.#pod, this.#ports.calls, this.#ended.signal);
      } catch (error) {
        this.#node.report(error);
        await pause(backOff.next(), this.#ended.signal);
      }
    }
  }

  #runner(container: Container, first: boolean): ContainerRunner {
    const known = this.#pod.status?.containerStatuses?.find(({ name }) => name === container.name);
    const side = {
      pod: () => this.#pod,
      listens: first && (this.#pod.spec.restartPolicy ?? 'Always') === 'Always',
      prepare: () => this.#prepare(first),
      changed: () => void this.#writer.write(),
    };
    const status = known ?? newContainerStatus(container.name, container.image);
    return new ContainerRunner(this.#node, side, container, status);
  }

  /** Port and variables of a process that is about to be started. Only the first container is given the port. */
  async #prepare(first: boolean): Promise<{ port: number; given: Record<string, string> }> {
    const ports = this.#ports;
    if (ports === undefined) throw new Error('a pod is admitted before its containers start');
    if (!first) {
      const { PORT, ...urls } = portVariables(ports);
      return { port: Number(PORT), given: urls };
    }
    const port = await freshPort(this.#node, this.#pod, ports.port);
    this.#ports = { ...ports, port };
    if (port !== ports.port) await this.#writer.write();
    return { port, given: portVariables(this.#ports) };
  }

  #end(ending: Ending, milliseconds: number): void {
    // The object's end weighs more than the node's: what is deleted must be gone after the next start.
    if (this.#ending === undefined || ending === 'vanished') this.#ending = ending;
    // At least half of the time is for the process to end by itself.
    const drain = this.#ending === 'deleted' ? Math.min(drainSeconds(this.#pod) * 1000, milliseconds / 2) : 0;
    for (const runner of this.#runners) runner.stop(milliseconds, drain);
    void this.#writer.write();
    this.#ended.abort();
  }

  /** Gives back what the pod had, then removes it: who sees it gone can rely on that. */
  async #release(): Promise<void> {
    const { uid } = this.#pod.metadata;
    if (this.#ports !== undefined) this.#node.ports.release(this.#ports.port, portOwner(this.#pod));
    await this.#remove();
    await this.#node.logs.remove(uid);
  }

  async #remove(): Promise<void> {
    const { uid, name, finalizers = [] } = this.#pod.metadata;
    // Whoever holds a finalizer takes it off some day, and this is called again.
    if (this.#ending !== 'deleted' || finalizers.length > 0) return;
    await this.#node.store.remove('pods', namespaceOf(this.#pod), name, uid);
  }

  #described(stored: Pod): Pod {
    const { annotations } = stored.metadata;
    const added = this.#ports === undefined ? {} : portAnnotations(this.#ports);
    const views = this.#runners.map((runner) => runner.view);
    return {
      ...stored,
      metadata: { ...stored.metadata, annotations: { ...annotations, ...added } },
      spec: { ...stored.spec, nodeName },
      status: podStatus(stored, views),
    };
  }
}

/** Whole seconds between SIGTERM, or the drain before it, and SIGKILL. */
function graceSeconds({ metadata, spec }: Pod): number {
  return metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? defaultGraceSeconds;
}

function drainSeconds({ spec }: Pod): number {
  const seconds = spec.containers.map(({ lifecycle }) => lifecycle?.preStop?.sleep?.seconds ?? 0);
  return Math.max(0, ...seconds);
}
