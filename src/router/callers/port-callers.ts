// Who calls, on the embedded cluster: each (workload, callee) has a loopback port of its own, and the port tells.
import type { IncomingMessage, Server } from 'node:http';
import type { Caller } from '../../core/routing/hop.ts';
import type { Problem } from '../../core/routing/problem.ts';
import type { RoutedPod } from '../cluster/routed-pod.ts';
import { type Log, reasonOf } from '../log.ts';
import type { Call, Callers, OnCall } from './callers.ts';
import { sendElsewhere } from '../server/http-server.ts';

/** After the last pod of a workload is gone, its ports are kept open for this, as requests may be on their way. */
const lingerMilliseconds = 5_000;
const firstRetry = 100;
const longestRetry = 2_000;

interface Workload {
  readonly pods: Set<string>;
  readonly ports: Set<number>;
  closing?: NodeJS.Timeout;
}

interface Listener {
  call: Call;
  workload: string;
  readonly server: Server;
  retry?: NodeJS.Timeout;
}

const noWorkload: Problem = {
  problem: 'unknown-caller',
  detail: 'No workload of fox calls by this connection.',
  try: ['Call the edge of the router.'],
};

/** One loopback port per (workload, callee). */
export class PortCallers implements Callers {
  readonly #createServer: () => Server;
  readonly #log: Log;
  readonly #workloads = new Map<string, Workload>();
  readonly #listeners = new Map<number, Listener>();
  #isStopped = false;

  /** @param createServer makes the server that answers what comes in by a port. */
  constructor(createServer: () => Server, log: Log) {
    this.#createServer = createServer;
    this.#log = log;
  }

  identify({ socket }: IncomingMessage, onCall: OnCall): void {
    onCall(this.#listeners.get(socket.localPort ?? 0)?.call ?? noWorkload);
  }

  /** A pod is there; its ports are opened before it is ready, so that its first call finds them open. */
  setPod({ name, app, component, workload, callPorts }: RoutedPod): void {
    const known = this.#workloads.get(workload) ?? { pods: new Set(), ports: new Set() };
    this.#workloads.set(workload, known);
    clearTimeout(known.closing);
    known.pods.add(name);
    const caller: Caller = { app, component, workload, calls: [...callPorts.keys()] };
    for (const [callee, port] of callPorts) {
      known.ports.add(port);
      this.#open(port, workload, { caller, callee });
    }
  }

  deletePod({ name, workload }: RoutedPod): void {
    const known = this.#workloads.get(workload);
    if (known === undefined) return;
    known.pods.delete(name);
    if (known.pods.size > 0 || this.#isStopped) return;
    clearTimeout(known.closing);
    known.closing = setTimeout(() => this.#close(workload, known), lingerMilliseconds).unref();
  }

  /** All servers that are open. */
  servers(): Server[] {
    return [...this.#listeners.values()].map(({ server }) => server);
  }

  /** Opens no more ports, nor retries to. */
  stop(): void {
    this.#isStopped = true;
    for (const { closing } of this.#workloads.values()) clearTimeout(closing);
    for (const { retry } of this.#listeners.values()) clearTimeout(retry);
  }

  #open(port: number, workload: string, call: Call): void {
    const known = this.#listeners.get(port);
    if (known !== undefined) {
      // The port went from a workload that is gone to another one.
      known.call = call;
      known.workload = workload;
      return;
    }
    if (this.#isStopped) return;
    const server = this.#createServer();
    const listener: Listener = { call, workload, server };
    this.#listeners.set(port, listener);
    let wait = firstRetry;
    server.on('error', (error) => {
      if (server.listening) return;
      this.#log('warning', 'call-port-taken', {
        port,
        callee: call.callee,
        caller: call.caller.component,
        reason: reasonOf(error),
      });
      if (this.#isStopped) return;
      listener.retry = setTimeout(() => server.listen(port, '127.0.0.1'), wait).unref();
      wait = Math.min(wait * 2, longestRetry);
    });
    server.listen(port, '127.0.0.1');
  }

  #close(workload: string, { ports }: Workload): void {
    this.#workloads.delete(workload);
    for (const port of ports) {
      const listener = this.#listeners.get(port);
      if (listener?.workload !== workload) continue;
      clearTimeout(listener.retry);
      this.#listeners.delete(port);
      // A call that is under way now would keep its connection, and the calls behind it would go on.
      sendElsewhere(listener.server);
      listener.server.close();
      listener.server.closeIdleConnections();
    }
  }
}
