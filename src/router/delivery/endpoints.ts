// Where the pods of each workload can be reached, and which of them the next request goes to.
import { Pool } from 'undici';

/** A ready pod. */
export interface Endpoint {
  /** Keeps connections open for the next request. */
  readonly pool: Pool;
  /** Requests that it is working on. */
  busy: number;
}

/** The pods of one workload. */
interface Group {
  readonly ready: Map<string, Endpoint & { readonly origin: string }>;
  /** Names of pods that live, ready or not. */
  readonly pods: Set<string>;
  /** Called when something of this changes. */
  readonly waiting: Set<() => void>;
}

/** A pod that can't be connected to within this is tried no longer. */
const connectMilliseconds = 2_000;

/** Endpoints by workload key. */
export class Endpoints {
  readonly #groups = new Map<string, Group>();

  /** A pod lives; `origin` is its base URL if it is ready. */
  set(workload: string, pod: string, origin: string | undefined): void {
    const group = this.#groupOf(workload);
    group.pods.add(pod);
    const before = group.ready.get(pod);
    if (before?.origin !== origin) {
      retire(before);
      group.ready.delete(pod);
      if (origin !== undefined) group.ready.set(pod, { origin, pool: connect(origin), busy: 0 });
    }
    notify(group);
  }

  /** A pod is gone or going. */
  delete(workload: string, pod: string): void {
    const group = this.#groups.get(workload);
    if (group === undefined) return;
    retire(group.ready.get(pod));
    group.ready.delete(pod);
    group.pods.delete(pod);
    notify(group);
    this.#forgetIfEmpty(workload, group);
  }

  /** Whether pods of a workload live, ready or not. */
  hasPods(workload: string): boolean {
    return (this.#groups.get(workload)?.pods.size ?? 0) > 0;
  }

  /** A ready endpoint that isn't among the `tried` ones: the less busy one of two taken at random. */
  pick(workload: string, tried?: ReadonlySet<Endpoint>): Endpoint | undefined {
    const ready = this.#groups.get(workload)?.ready;
    if (ready === undefined) return undefined;
    const candidates =
      tried === undefined || tried.size === 0
        ? [...ready.values()]
        : [...ready.values()].filter((each) => !tried.has(each));
    const count = candidates.length;
    if (count <= 1) return candidates[0];
    const one = Math.floor(Math.random() * count);
    const other = (one + 1 + Math.floor(Math.random() * (count - 1))) % count;
    const [a, b] = [candidates[one], candidates[other]];
    return a !== undefined && b !== undefined && b.busy < a.busy ? b : a;
  }

  /** Calls back once when something of a workload's pods changes. @returns what takes that back. */
  onChange(workload: string, callback: () => void): () => void {
    const group = this.#groupOf(workload);
    group.waiting.add(callback);
    return () => {
      group.waiting.delete(callback);
      this.#forgetIfEmpty(workload, group);
    };
  }

  /** Closes all connections, those in use at once. */
  async destroy(): Promise<void> {
    const pools = [...this.#groups.values()].flatMap(({ ready }) =>
      [...ready.values()].map(({ pool }) => pool),
    );
    this.#groups.clear();
    await Promise.all(pools.map(async (pool) => pool.destroy()));
  }

  #groupOf(workload: string): Group {
    let group = this.#groups.get(workload);
    if (group === undefined) {
      group = { ready: new Map(), pods: new Set(), waiting: new Set() };
      this.#groups.set(workload, group);
    }
    return group;
  }

  #forgetIfEmpty(workload: string, group: Group): void {
    if (group.pods.size === 0 && group.waiting.size === 0 && this.#groups.get(workload) === group)
      this.#groups.delete(workload);
  }
}

function connect(origin: string): Pool {
  // Response bodies may be silent for as long as they like (events, long polls); TCP notices peers that are gone.
  return new Pool(origin, { pipelining: 1, bodyTimeout: 0, connect: { timeout: connectMilliseconds } });
}

/** Lets what it is working on end, and closes its idle connections. */
function retire(endpoint: Endpoint | undefined): void {
  endpoint?.pool.close(() => undefined);
}

function notify({ waiting }: Group): void {
  const callbacks = [...waiting];
  waiting.clear();
  for (const callback of callbacks) callback();
}
