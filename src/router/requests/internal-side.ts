// What components call: on Kubernetes one port for all, on the embedded cluster one per (workload, callee).
import type { Server } from 'node:http';
import type { Callers } from '../callers/callers.ts';
import { createHttpServer } from '../server/http-server.ts';
import { internalListener, type InternalOptions } from './internal.ts';
import { type ListenAddress, listen } from '../server/listen.ts';
import type { Log } from '../log.ts';
import { PodCallers } from '../callers/pod-callers.ts';
import { PortCallers } from '../callers/port-callers.ts';

/** The side that components call. */
export interface InternalSide {
  readonly callers: Callers;
  /** Base URL of the port, where there is one for all. */
  readonly url?: string;
  /** All servers that are open. */
  servers(): readonly Server[];
  /** Opens no more ports. */
  stop(): void;
}

/** Knows callers by ports of their own, which are opened as pods are told of. */
export function portSide(options: Omit<InternalOptions, 'callers'>, log: Log): InternalSide {
  const callers: PortCallers = new PortCallers(() => createHttpServer(listener, options.patience), log);
  const listener = internalListener({ ...options, callers });
  return { callers, servers: () => callers.servers(), stop: () => callers.stop() };
}

/** Knows callers by the address of their pod. @throws FoxError PORT_TAKEN */
export async function podSide(
  options: Omit<InternalOptions, 'callers'>,
  namespace: string,
  address: ListenAddress,
): Promise<InternalSide> {
  const callers = new PodCallers(namespace, options.patience.unknownCaller);
  const server = createHttpServer(internalListener({ ...options, callers }), options.patience);
  const url = await listen(server, 'internal', address);
  return { callers, url, servers: () => [server], stop: () => undefined };
}
