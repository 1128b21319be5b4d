// The latest changes of the store, kept in memory for watches, and their delivery: in order, each once.
import type { StoreEvent } from './object-store.ts';
import { expired } from './status-error.ts';

/** How much is kept for watches that begin in the past. */
export interface WindowLimits {
  readonly events: number;
  /** JSON text of the objects. */
  readonly bytes: number;
}

interface Watcher {
  readonly listener: (event: StoreEvent) => void;
  /** Version of the last event delivered. */
  cursor: number;
  delivering: boolean;
}

/** A bounded run of changes with consecutive versions, and who listens to it. */
export class ChangeWindow {
  readonly #limits: WindowLimits;
  readonly #watchers = new Set<Watcher>();
  #events: { readonly event: StoreEvent; readonly bytes: number }[] = [];
  #bytes = 0;
  /** Version before the oldest event kept. */
  #start: number;

  constructor(start: number, limits: WindowLimits) {
    this.#start = start;
    this.#limits = limits;
  }

  /** Forgets everything: the next event follows `start`. */
  restart(start: number): void {
    this.#events = [];
    this.#bytes = 0;
    this.#start = start;
  }

  /** Adds the next change, `bytes` long, and delivers it. */
  push(event: StoreEvent, bytes: number): void {
    this.#events.push({ event, bytes });
    this.#bytes += bytes;
    for (const watcher of this.#watchers) this.#deliver(watcher);
    this.#trim();
  }

  /** @throws StatusError 410 when `fromVersion` is outside of what is kept. */
  watch(fromVersion: number, listener: (event: StoreEvent) => void): () => void {
    const end = this.#start + this.#events.length;
    if (fromVersion < this.#start || fromVersion > end) throw expired(fromVersion, this.#start);
    const watcher: Watcher = { listener, cursor: fromVersion, delivering: false };
    this.#watchers.add(watcher);
    // Not at once: the caller has no way to end the watch before this returns.
    queueMicrotask(() => this.#deliver(watcher));
    return () => this.#watchers.delete(watcher);
  }

  /** The changes after a version, as far as they are kept. @throws StatusError 410. */
  since(version: number): StoreEvent[] {
    const end = this.#start + this.#events.length;
    if (version < this.#start || version > end) throw expired(version, this.#start);
    return this.#events.slice(version - this.#start).map(({ event }) => event);
  }

  /** A listener may write: the events of that are delivered by the loop that runs already, after the current one. */
  #deliver(watcher: Watcher): void {
    if (watcher.delivering) return;
    watcher.delivering = true;
    try {
      for (;;) {
        const next = this.#watchers.has(watcher) ? this.#events[watcher.cursor - this.#start] : undefined;
        if (next === undefined) return;
        watcher.cursor = next.event.version;
        watcher.listener(next.event);
      }
    } catch (error) {
      // A bug of the listener must neither fail the write nor stay unseen.
      this.#watchers.delete(watcher);
      queueMicrotask(() => {
        throw error;
      });
    } finally {
      watcher.delivering = false;
    }
  }

  /** Drops the oldest, a tenth at a time, so that a full window costs nothing per write. */
  #trim(): void {
    const { events, bytes } = this.#limits;
    if (this.#events.length <= events && this.#bytes <= bytes) return;
    let dropped = 0;
    // What a listener that is at work hasn't seen yet must stay.
    const seen = Math.min(...[...this.#watchers].map(({ cursor }) => cursor)) - this.#start;
    for (const { bytes: size } of this.#events) {
      if (dropped >= seen) break;
      if (this.#events.length - dropped <= events * 0.9 && this.#bytes <= bytes * 0.9) break;
      this.#bytes -= size;
      dropped += 1;
    }
    this.#events = this.#events.slice(dropped);
    this.#start += dropped;
  }
}
