// A ready pod: its connections, how busy it is, and how it has been.
import { Pool } from 'undici';
import { PodHealth } from './pod-health.ts';

/** A pod that can't be connected to within this is tried no longer. */
const connectMilliseconds = 2_000;
/** Idle connections are closed before the component's server does so: a request that meets its end may be lost. */
const idleMilliseconds = {
  /** Where the server doesn't say how long it keeps them; less than the 2 s of the most impatient ones in use. */
  usual: 1_500,
  /** How much sooner than it says. */
  margin: 1_000,
  most: 30_000,
} as const;
/** Names and values of a response's headers have fewer bytes than this. */
export const maxHeaderBytes = 32 * 1024;

/** A ready pod. */
export class Endpoint {
  /** Name of the pod. */
  readonly pod: string;
  readonly origin: string;
  /** Keeps connections open for the next request. It has as many as requests are sent at once: `working` limits them. */
  readonly pool: Pool;
  readonly health = new PodHealth();
  /** Requests and open streams. */
  busy = 0;
  /** Those of them that are work: streams that stand open aren't. */
  working = 0;

  constructor(pod: string, origin: string) {
    this.pod = pod;
    this.origin = origin;
    this.pool = new Pool(origin, {
      pipelining: 1,
      maxHeaderSize: maxHeaderBytes,
      keepAliveTimeout: idleMilliseconds.usual,
      keepAliveTimeoutThreshold: idleMilliseconds.margin,
      keepAliveMaxTimeout: idleMilliseconds.most,
      // Deadlines are the delivery's. Bodies may be silent for as long as they like (events, long polls); TCP notices peers that are gone.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: connectMilliseconds },
    });
  }

  /** Lets what it is working on end, and closes its idle connections. */
  retire(): void {
    this.pool.close(() => undefined);
  }
}
