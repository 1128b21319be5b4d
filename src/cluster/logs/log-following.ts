// Follows the logs of all pods of a selection: those that are there, and those that come and go meanwhile.
import type { V1Pod } from '@kubernetes/client-node';
import type { ApiClient } from '../api/api-client.ts';
import { type ContainerRun, FollowedPod } from './followed-pod.ts';
import { followCollection, type FollowOptions } from '../api/live-collection.ts';
import type { LogEntry, LogSelection } from './pod-log.ts';
import { type PodView, readPod } from '../objects/pod-object.ts';

/** Which pods and what of them. */
export interface FollowedLogs {
  readonly labelSelector: string;
  readonly isWanted: (pod: PodView) => boolean;
  readonly containerOf: (pod: PodView) => string;
  /** What is shown of the pods that are there at the beginning; of later ones everything is. */
  readonly first: LogSelection;
  /** So many pods are followed at once; others have to wait until one of them is gone. */
  readonly maxPods: number;
}

/** Who is told. */
export interface LogListener {
  /** Reading of that pod's log waits for the promise where one is returned. */
  onEntry(pod: PodView, entry: LogEntry): Promise<unknown> | undefined;
  /** Once, when there are more pods than can be followed. */
  onCrowd(): void;
}

/** Follows until the signal aborts. @throws FoxError when the API refuses, or is away for longer than there is patience. */
export async function followLogs(
  client: ApiClient,
  logs: FollowedLogs,
  listener: LogListener,
  options: FollowOptions,
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const followed = new Map<string, FollowedPod>();
  const reading = new Set<Promise<void>>();
  let [isFirst, isCrowded] = [true, false];
  const begin = (uid: string, object: V1Pod, view: PodView) => {
    const container = logs.containerOf(view);
    const pod = new FollowedPod(client, { pod: view.name, container }, runOf(object, container));
    followed.set(uid, pod);
    const read = async (selection: LogSelection) => {
      for await (const entry of pod.lines(selection, signal)) await listener.onEntry(view, entry);
    };
    const task = read(isFirst ? logs.first : {}).catch((error: unknown) => failed.abort(error));
    reading.add(task);
    void task.finally(() => reading.delete(task));
  };
  const onChange = (objects: ReadonlyMap<string, V1Pod>) => {
    for (const [uid, pod] of followed) {
      const object = objects.get(uid);
      if (object !== undefined) {
        pod.update(runOf(object, logs.containerOf(readPod(object))));
        continue;
      }
      pod.remove();
      followed.delete(uid);
    }
    for (const [uid, object] of objects) {
      const view = readPod(object);
      if (followed.has(uid) || !logs.isWanted(view)) continue;
      if (followed.size < logs.maxPods) begin(uid, object, view);
      else if (!isCrowded) {
        isCrowded = true;
        listener.onCrowd();
      }
    }
    isFirst = false;
  };
  const collection = { resource: 'pods', labelSelector: logs.labelSelector } as const;
  // Whatever ends the watch ends the reading, too.
  const end = (error: unknown) => failed.abort(error);
  await followCollection(client, collection, onChange, { ...options, signal }).catch(end);
  await Promise.all(reading);
  if (failed.signal.aborted) throw failed.signal.reason;
}

function runOf({ status }: V1Pod, container: string): ContainerRun {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const own = all.find(({ name }) => name === container);
  return { id: own?.containerID ?? '', isRunning: own?.state?.running !== undefined };
}
