// What a check of `fox doctor` found, and how a check is run: within its time, and without ever ending the others.
import { FoxError } from '../../core/errors.ts';

/** `problem`: a deploy would fail. `warning`: it works, but something should be looked at. */
export type FindingStatus = 'ok' | 'warning' | 'problem';

/** One line of the doctor's report. */
export interface Finding {
  /** What was looked at: `git`, `registry`. */
  readonly check: string;
  readonly status: FindingStatus;
  readonly detail: string;
  /** Further lines: each problem of a config, each right that is missing. */
  readonly details: readonly string[];
  /** What to do; absent where all is well. */
  readonly fix?: string;
}

/** How long a check may take, and what ends all of them. */
export interface Limits {
  readonly signal: AbortSignal;
  /** In ms. */
  readonly patience: number;
}

/** What came of a check: a value to go on with, or what is wrong. */
export type Outcome<T> =
  | { readonly value: T; readonly findings?: undefined }
  | { readonly value?: undefined; readonly findings: readonly Finding[] };

export function ok(check: string, detail: string): Finding {
  return { check, status: 'ok', detail, details: [] };
}

export function warning(
  check: string,
  detail: string,
  fix: string,
  details: readonly string[] = [],
): Finding {
  return { check, status: 'warning', detail, details, fix };
}

export function problem(
  check: string,
  detail: string,
  fix: string,
  details: readonly string[] = [],
): Finding {
  return { check, status: 'problem', detail, details, fix };
}

/** What is wrong, as an error tells it. */
export function problemOf(check: string, error: unknown): Finding {
  if (error instanceof FoxError) {
    return problem(
      check,
      error.message,
      error.hints.join(' ') || 'Mend what the message says, and look again: `fox doctor`.',
      error.details,
    );
  }
  const said = error instanceof Error ? error.message : String(error);
  return problem(check, `the check itself failed: ${said}`, 'Please report this: it is a bug in fox.');
}

/**
 * Runs `work` for as long as a check may take. What it throws is what it found.
 * @throws the reason of the limits' signal only.
 */
export async function attempt<T>(
  check: string,
  { signal, patience }: Limits,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<Outcome<T>> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const late = new Error(`no answer within ${patience / 1_000} s`);
  const timer = setTimeout(() => stop.abort(late), patience);
  const onAbort = () => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort);
  // Whoever doesn't hear of the end isn't waited for.
  const ended = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error));
  });
  try {
    return { value: await Promise.race([work(stop.signal), ended]) };
  } catch (error) {
    signal.throwIfAborted();
    if (stop.signal.reason === late) return { findings: [problem(check, late.message, hangs)] };
    return { findings: [problemOf(check, error)] };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

const hangs = 'It hangs, or something on the way to it does: check the network. `--timeout 1m` waits longer.';

/** A check whose value is what it found. */
export async function examine(
  check: string,
  limits: Limits,
  work: (signal: AbortSignal) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const { value, findings } = await attempt(check, limits, work);
  return findings ?? value;
}
