// A queue of names to be looked at: each at most once at a time, again when it changed meanwhile, later when it failed.

/** What is done for a name. Resolves to after how many ms the name is to be looked at again, if it is. */
export interface Reconcile {
  (key: string): Promise<number | undefined>;
}

const firstRetry = 100;
const longestRetry = 30_000;

/** Calls `reconcile` for every name that is added, different names beside each other. */
export class WorkQueue {
  readonly #reconcile: Reconcile;
  readonly #report: (error: unknown) => void;
  readonly #due = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #failures = new Map<string, number>();
  #stopped = false;

  /** @param report is told of each failure; the name is tried again, after longer and longer. */
  constructor(reconcile: Reconcile, report: (error: unknown) => void) {
    this.#reconcile = reconcile;
    this.#report = report;
  }

  add(key: string): void {
    if (this.#stopped) return;
    this.#due.add(key);
    if (!this.#running.has(key)) this.#running.set(key, this.#work(key));
  }

  /** Resolves when nothing is due or running; what is to be done later isn't waited for. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Begins nothing more, and resolves when what runs is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#due.clear();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await this.idle();
  }

  async #work(key: string): Promise<void> {
    // Changes of one turn are looked at together.
    await Promise.resolve();
    while (this.#due.delete(key)) await this.#attempt(key);
    this.#running.delete(key);
  }

  async #attempt(key: string): Promise<void> {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    try {
      const again = await this.#reconcile(key);
      this.#failures.delete(key);
      if (again !== undefined) this.#addLater(key, again);
    } catch (error) {
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      this.#addLater(key, Math.min(firstRetry * 2 ** failures, longestRetry));
      this.#report(error);
    }
  }

  #addLater(key: string, milliseconds: number): void {
    if (this.#stopped) return;
    this.#timers.set(
      key,
      setTimeout(() => {
        this.#timers.delete(key);
        this.add(key);
      }, milliseconds),
    );
  }
}
