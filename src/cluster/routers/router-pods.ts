// The router's pods that are ready, by watch, and connections to the edge of one of them.
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { FoxError } from '../../core/errors.ts';
import { label, managedBy, objectName } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';
import { followCollection, type FollowOptions } from '../api/live-collection.ts';
import type { PodPort } from './port-forward.ts';

const labelSelector = `${label.managedBy}=${managedBy},${label.name}=${objectName.router}`;
/** Name of the container's port that takes traffic from outside. */
const edgePort = 'edge';
/** A connection waits for so long (in ms) for a router that takes it. */
const patience = 15_000;
/** How often those who wait look again, and for how long a pod that couldn't be reached comes last, in ms. */
const [lookMilliseconds, avoidMilliseconds] = [100, 5_000];

/** How a connection to a pod is made. */
export interface Connect {
  (target: PodPort, signal: AbortSignal): Promise<Duplex>;
}

/** Router pods of a namespace. */
export class RouterPods {
  readonly #client: ApiClient;
  readonly #connect: Connect;
  readonly #onChoice: (pod: string) => void;
  /** When each was last seen not to be reachable. */
  readonly #failures = new Map<string, number>();
  #ready: readonly PodPort[] = [];
  #chosen = '';
  #turn = 0;

  /** @param onChoice is told which pod takes connections from now on. */
  constructor(client: ApiClient, connect: Connect, onChoice: (pod: string) => void) {
    this.#client = client;
    this.#connect = connect;
    this.#onChoice = onChoice;
  }

  /** Keeps up with the pods until the signal aborts. @throws FoxError as {@link followCollection}. */
  async follow(options: FollowOptions): Promise<void> {
    const collection = { resource: 'pods', labelSelector } as const;
    await followCollection<V1Pod>(this.#client, collection, (pods) => this.#keep(pods.values()), options);
  }

  /**
   * Connects to a pod: to the same one as long as that is ready. Waits a while where there is none.
   * @throws FoxError ROUTER_NOT_READY, or what the API refused.
   */
  async connect(signal: AbortSignal): Promise<Duplex> {
    const deadline = performance.now() + patience;
    let failure: FoxError | undefined;
    for (;;) {
      const target = this.#choose();
      if (target !== undefined) {
        try {
          const stream = await this.#connect(target, signal);
          this.#tell(target.pod);
          return stream;
        } catch (error) {
          if (!(error instanceof FoxError) || final.has(error.code)) throw error;
          failure = error;
          this.#failures.set(target.pod, performance.now());
        }
      }
      if (performance.now() > deadline) throw failure ?? noRouter(this.#client.namespace);
      await delay(lookMilliseconds, undefined, { signal });
    }
  }

  /** The next connection is to another pod, if there is one. */
  turn(): void {
    this.#turn = this.#ready.findIndex(({ pod }) => pod === this.#chosen) + 1;
    this.#chosen = '';
  }

  #keep(pods: Iterable<V1Pod>): void {
    this.#ready = [...pods].flatMap((pod) => portOf(pod, this.#client.namespace) ?? []);
    for (const pod of this.#failures.keys())
      if (!this.#ready.some((each) => each.pod === pod)) this.#failures.delete(pod);
  }

  #choose(): PodPort | undefined {
    const now = performance.now();
    const isGood = ({ pod }: PodPort) => now - (this.#failures.get(pod) ?? -Infinity) > avoidMilliseconds;
    const good = this.#ready.filter(isGood);
    return good.find(({ pod }) => pod === this.#chosen) ?? good[this.#turn % good.length];
  }

  #tell(pod: string): void {
    if (pod === this.#chosen) return;
    this.#chosen = pod;
    this.#onChoice(pod);
  }
}

/** Other pods would answer the same. */
const final: ReadonlySet<string> = new Set(['CLUSTER_FORBIDDEN', 'CLUSTER_UNAUTHORIZED']);

function noRouter(namespace: string): FoxError {
  return new FoxError('ROUTER_NOT_READY', `no router is ready in namespace ${namespace}`, {
    hints: ['`fox install` puts one there; `fox status` shows it.'],
  });
}

/** The edge of a router's pod, if that takes traffic. */
function portOf({ metadata, spec, status }: V1Pod, namespace: string): PodPort | undefined {
  const isReady = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
  const ports = spec?.containers.flatMap((each) => each.ports ?? []) ?? [];
  const port = ports.find(({ name }) => name === edgePort)?.containerPort;
  const pod = metadata?.name;
  if (isReady !== true || metadata?.deletionTimestamp !== undefined) return undefined;
  return pod === undefined || port === undefined ? undefined : { namespace, pod, port };
}
