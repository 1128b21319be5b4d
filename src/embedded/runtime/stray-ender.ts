// Ends processes that left their group, as daemons do, when the pod goes for which they were started.
import { markedProcesses } from './marked-processes.ts';
import { signalProcess } from './signals.ts';

/** Looks for strays of many pods at once: each look reads every process of the machine. */
export class StrayEnder {
  #due = new Set<string>();
  /** The look that those in `#due` wait for. */
  #next: Promise<void> | undefined;
  #running: Promise<void> = Promise.resolve();

  /** Resolves when all processes that carry the pod's mark were told to end, by force. */
  end(podUid: string): Promise<void> {
    this.#due.add(podUid);
    this.#next ??= this.#running.then(
      () => this.#look(),
      () => this.#look(),
    );
    return this.#next;
  }

  #look(): Promise<void> {
    const podUids = this.#due;
    this.#due = new Set();
    this.#next = undefined;
    this.#running = endMarked(podUids);
    return this.#running;
  }
}

async function endMarked(podUids: ReadonlySet<string>): Promise<void> {
  for (const { pid } of await markedProcesses(podUids)) signalProcess(pid, 'SIGKILL');
}
