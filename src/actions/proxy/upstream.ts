// The way from this machine to the router: straight to the embedded one, through the Kubernetes API to one in a cluster.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { PortForward } from '../../cluster/routers/port-forward.ts';
import { RouterPods } from '../../cluster/routers/router-pods.ts';
import { FoxError } from '../../core/errors.ts';
import type { ClusterSession } from '../session/cluster-session.ts';
import type { ActionContext } from '../context.ts';
import type { OpenUpstream } from './byte-proxy.ts';

/** A way to the router. */
export interface UpstreamPath {
  readonly open: OpenUpstream;
  /** Rejects when it is lost for good; else it is pending for as long as the way is there. */
  readonly ended: Promise<void>;
  /** The next connection is to another router, if there is one. */
  turn(this: void): void;
  close(this: void): void;
}

/** A router that starts again is waited for so long, and tried so often, in ms. */
const [patience, pause] = [15_000, 100];

/**
 * Finds the router and connects to it once, to see whether that is possible.
 * @throws FoxError ROUTER_NOT_READY, or what the cluster's API refuses.
 */
export async function openUpstream(
  { cluster, namespace, edge }: ClusterSession,
  { emit, signal }: ActionContext,
): Promise<UpstreamPath> {
  if (cluster.kind === 'embedded')
    return {
      open: straight(edge),
      ended: new Promise(() => undefined),
      turn: () => undefined,
      close: () => undefined,
    };
  const forward = new PortForward(cluster.connection);
  const stop = new AbortController();
  const close = () => {
    stop.abort();
    forward.close();
  };
  const onChoice = (pod: string) => emit({ type: 'info', text: `Forwarding to ${pod}` });
  const pods = new RouterPods(namespace.client, (target, until) => forward.connect(target, until), onChoice);
  let away = false;
  const ended = pods.follow({
    signal: AbortSignal.any([signal, stop.signal]),
    patience: Number.POSITIVE_INFINITY,
    onAway: (error) => {
      if (!away) emit({ type: 'warning', text: `${error.message}; trying again` });
      away = true;
    },
  });
  try {
    const first = await Promise.race([pods.connect(signal), ended]);
    first?.destroy();
  } catch (error) {
    close();
    throw error;
  }
  return { open: (until) => pods.connect(until), ended, turn: () => pods.turn(), close };
}

/** Connects to a router that listens on this machine. */
function straight(edge: string | undefined): OpenUpstream {
  if (edge === undefined) throw new FoxError('ROUTER_NOT_READY', 'the embedded cluster has no router yet');
  const { hostname, port } = new URL(edge);
  return async (signal): Promise<Duplex> => {
    const deadline = performance.now() + patience;
    for (;;) {
      const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
      try {
        await once(socket, 'connect', { signal });
        return socket;
      } catch (cause) {
        socket.destroy();
        signal.throwIfAborted();
        if (performance.now() > deadline)
          throw new FoxError('ROUTER_NOT_READY', `the router doesn't answer at ${edge}`, { cause });
        await delay(pause, undefined, { signal });
      }
    }
  };
}
