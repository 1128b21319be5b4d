// What every action is given: where it runs, whom it tells, when it must stop. Nothing global is read below this.
import type { Emit } from '../core/events.ts';

/** The surroundings of an action; made by the process edge, or by a test. */
export interface ActionContext {
  /** Directory that fox was started in, absolute. */
  readonly cwd: string;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly emit: Emit;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** The clock. */
  readonly now: () => Date;
  /** A new unique id. */
  readonly newId: () => string;
  /** Who runs it, as shown to others: `jason@laptop`. */
  readonly user: string;
  /** Somebody sits at the terminal, whom programs that fox runs may ask. Default: nobody. */
  readonly isInteractive?: boolean;
  /** Asks a person whether to go on, and throws FoxError CANCELLED if not; `--yes` answers for them. Absent: nobody can answer. */
  readonly ask?: (question: string) => Promise<void>;
  /** Directory of fox's own files: templates and the programs of the embedded cluster. */
  readonly installation: string;
}

/** Options that mean the same everywhere. */
export interface CommonOptions {
  /** An app's name, or the directory of its config. */
  readonly app?: string;
  /** How long to wait for something to become ready, in ms. */
  readonly timeout?: number;
  /** Context of a Kubernetes cluster, `in-cluster`, or `embedded`. */
  readonly context?: string;
  /** Namespace of a Kubernetes cluster. */
  readonly namespace?: string;
  /** What the names of images begin with: `registry.example.com/order`. */
  readonly registry?: string;
}

/** How long anything is waited for unless said otherwise, in ms. */
export const defaultTimeout = 120_000;
