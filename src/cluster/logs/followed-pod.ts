// Follows the log of one pod's container, from run to run and over streams that break off, until the pod is gone.
import { setTimeout as delay } from 'node:timers/promises';
import { FoxError } from '../../core/errors.ts';
import type { ApiClient } from '../api/api-client.ts';
import { ApiError, isStatus } from '../api/api-error.ts';
import { type LogEntry, LogPosition, type LogSelection, type LogSource, readLog } from './pod-log.ts';

/** What a pod's status says of the container, as far as following its log depends on it. */
export interface ContainerRun {
  /** Changes with each start; empty before the first. */
  readonly id: string;
  readonly isRunning: boolean;
}

/** A stream that ended while its container runs on is opened again after so long, in ms. */
const reopenMilliseconds = 1_000;

/** A pod that is followed; tell it what the watch says. */
export class FollowedPod {
  readonly #client: ApiClient;
  readonly #source: LogSource;
  readonly #position = new LogPosition();
  #run: ContainerRun;
  #isGone = false;
  #wake: () => void = () => undefined;

  constructor(client: ApiClient, source: LogSource, run: ContainerRun) {
    this.#client = client;
    this.#source = source;
    this.#run = run;
  }

  /** The pod changed. */
  update(run: ContainerRun): void {
    this.#run = run;
    this.#wake();
  }

  /** The pod doesn't exist any more; what its stream still holds is read. */
  remove(): void {
    this.#isGone = true;
    this.#wake();
  }

  /**
   * Hands out lines until the pod is gone or the signal aborts.
   * @param first applies to what was logged before; later runs are read from their beginning.
   * @throws FoxError when the API refuses.
   */
  async *lines(first: LogSelection, until: AbortSignal): AsyncGenerator<LogEntry> {
    let selection = first;
    // Many pods are followed until the same signal aborts: each listens to one of its own, or Node would warn of a leak.
    const signal = AbortSignal.any([until]);
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      await this.#until(() => this.#run.id !== '', signal);
      const { id } = this.#run;
      if (id === '') return;
      try {
        for await (const entry of readLog(this.#client, this.#source, selection, true, signal))
          if (this.#position.isNew(entry)) yield entry;
      } catch (error) {
        if (isStatus(error, 404) || signal.aborted) return;
        if (!passes(error)) throw error;
      }
      if (this.#isGone) return;
      await this.#untilNext(id, signal);
      selection = this.#position.resume();
    }
  }

  /** Waits until there is something to read again: another run, or the same one whose stream broke off. */
  async #untilNext(id: string, signal: AbortSignal): Promise<void> {
    await delay(reopenMilliseconds, undefined, { signal }).catch(() => undefined);
    await this.#until(() => this.#run.id !== id || this.#run.isRunning, signal);
  }

  async #until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    while (!condition() && !this.#isGone && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** The container hasn't come so far, or the API or the node is away for a moment. */
function passes(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 400 || error.status === 429 || error.status >= 500;
  return error instanceof FoxError && error.code === 'CLUSTER_UNREACHABLE';
}
