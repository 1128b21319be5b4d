// Keeps a pod's status in the store up to what the runtime knows, again and again until it is stored.
import type { ObjectStore } from '../store/object-store.ts';
import { StatusError } from '../store/status-error.ts';
import { pause } from './pause.ts';
import { namespaceOf, type Pod } from './pod.ts';

const retryMilliseconds = 1000;

/** Writes one pod, one change after the other. */
export class StatusWriter {
  readonly #store: ObjectStore;
  readonly #pod: Pod;
  readonly #change: (pod: Pod) => Pod;
  readonly #report: (error: unknown) => void;
  #wanted = false;
  #writing: Promise<void> | undefined;

  /** @param change makes the object to be stored from the stored one; called anew for each write. */
  constructor(store: ObjectStore, pod: Pod, change: (pod: Pod) => Pod, report: (error: unknown) => void) {
    this.#store = store;
    this.#pod = pod;
    this.#change = change;
    this.#report = report;
  }

  /** Stores the status as it is now. Resolves when it is durable or the pod is gone. */
  write(): Promise<void> {
    this.#wanted = true;
    this.#writing ??= this.#run();
    return this.#writing;
  }

  async #run(): Promise<void> {
    // What is wanted in the turn of the last store must still be seen: so nothing may be awaited after the loop.
    await Promise.resolve();
    while (this.#wanted) {
      this.#wanted = false;
      if (await this.#attempt()) continue;
      this.#wanted = true;
      await pause(retryMilliseconds);
    }
    this.#writing = undefined;
  }

  /** False when it has to be tried again. */
  async #attempt(): Promise<boolean> {
    const { name, uid } = this.#pod.metadata;
    try {
      await this.#store.change('pods', namespaceOf(this.#pod), name, (object) =>
        object.metadata.uid === uid ? this.#change(object as Pod) : undefined,
      );
      return true;
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return true;
      // A full disk, most likely: what the pod does goes on, and is told when there is room again.
      this.#report(error);
      return false;
    }
  }
}
