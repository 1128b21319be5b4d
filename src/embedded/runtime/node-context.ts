// What the pods of this machine share: where they keep things, and what they ask of the node.
import type { ObjectStore } from '../store/object-store.ts';
import type { CallPorts } from './call-ports.ts';
import type { RecordEvent } from './event-recorder.ts';
import type { PodLogDirectory } from './pod-logs.ts';
import type { PortAllocator } from './port-allocator.ts';
import type { ProcessRecords } from './process-records.ts';
import type { RootfsCache } from './rootfs-cache.ts';
import type { Turns } from './turns.ts';

/** The node, as its pods see it. */
export interface NodeContext {
  readonly store: ObjectStore;
  readonly images: RootfsCache;
  readonly logs: PodLogDirectory;
  readonly ports: PortAllocator;
  readonly callPorts: CallPorts;
  readonly processes: ProcessRecords;
  readonly record: RecordEvent;
  /** To be waited for before a process is started, which blocks until it has begun. */
  readonly turns: Turns;
  /** Something failed that no pod's status can tell. */
  readonly report: (error: unknown) => void;
  /** The daemon's own environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long a pod waits for the router to listen on its call ports, in ms. */
  readonly callPortPatience: number;
}
