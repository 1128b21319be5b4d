// Trying again what fails for a moment: waits that grow, with jitter, within a number of attempts and a time.
import { setTimeout as delay } from 'node:timers/promises';
import { FoxError } from '../../core/errors.ts';
import { cancelled } from '../cancelled.ts';
import type { Patience, RetryNotice } from './registry-client.ts';

/** What is thrown when another attempt may succeed. */
export class Transient extends Error {
  override readonly name = 'Transient';
  /** What to throw when there is no further attempt. */
  readonly failure: FoxError;
  /** What the other side asks to wait. Milliseconds. */
  readonly retryAfterMs: number;

  constructor(failure: FoxError, retryAfterMs = 0) {
    super(failure.message, { cause: failure });
    this.failure = failure;
    this.retryAfterMs = retryAfterMs;
  }
}

/** With what to wait. */
export interface RetryOptions {
  readonly registry: string;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  readonly onRetry: (notice: RetryNotice) => void;
}

const defaultPatience: Patience = { attempts: 6, firstWaitMs: 250, totalMs: 120_000 };

/** Longest wait that nobody has asked for. Milliseconds. */
const longestWait = 10_000;

/** What is not given stays as fox does it by itself. */
export function patienceOf(given: Partial<Patience> = {}): Patience {
  return { ...defaultPatience, ...given };
}

/** The attempts at one thing. */
export class Attempts {
  readonly #options: RetryOptions;
  #failed = 0;
  #since = performance.now();

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Something got further: what failed before that doesn't count any more. */
  progressed(): void {
    this.#failed = 0;
    this.#since = performance.now();
  }

  /** Returns when it is time for another attempt. @throws the error itself, or what it carries if it is enough. */
  async pause(error: unknown): Promise<void> {
    const { registry, patience, signal, onRetry } = this.#options;
    if (signal.aborted) throw cancelled(signal);
    if (!(error instanceof Transient)) throw error;
    this.#failed += 1;
    const waitMs = Math.max(error.retryAfterMs, backOff(this.#failed, patience.firstWaitMs));
    const elapsed = performance.now() - this.#since;
    if (this.#failed >= patience.attempts || elapsed + waitMs > patience.totalMs) {
      throw withAttempts(error, this.#failed, elapsed);
    }
    onRetry({ registry, why: error.failure.message, waitMs });
    try {
      await delay(waitMs, undefined, { signal });
    } catch {
      throw cancelled(signal);
    }
  }
}

/** Does `work`, and again while it throws {@link Transient}, within the limits. */
export async function persist<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const attempts = new Attempts(options);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      await attempts.pause(error);
    }
  }
}

/** Milliseconds that a Retry-After header asks for: it holds seconds or a date. 0 if there is none. */
export function retryAfter(header: string | readonly string[] | undefined, now: number): number {
  const text = typeof header === 'string' ? header.trim() : '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}

/** Doubled each time; half of it by chance, so that many who failed together don't come back together. */
function backOff(failed: number, firstWaitMs: number): number {
  const full = Math.min(longestWait, firstWaitMs * 2 ** (failed - 1));
  return full / 2 + (Math.random() * full) / 2;
}

function withAttempts({ failure, retryAfterMs }: Transient, attempts: number, elapsedMs: number): FoxError {
  const { code, message, hints, details, cause } = failure;
  const tried = attempts === 1 ? [] : [`Tried ${attempts} times in ${Math.ceil(elapsedMs / 1000)} s.`];
  const asked = retryAfterMs === 0 ? [] : [`It asks to wait for ${Math.ceil(retryAfterMs / 1000)} s.`];
  return new FoxError(code, message, { hints, details: [...details, ...tried, ...asked], cause });
}
