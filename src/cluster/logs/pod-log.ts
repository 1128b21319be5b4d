// Reads the log of a container line by line, each with its time.
import type { ApiClient } from '../api/api-client.ts';

/** Which part of a log. */
export interface LogSelection {
  /** Only so many lines from the end. */
  readonly tailLines?: number;
  /** Only what is at most so old. */
  readonly sinceSeconds?: number;
  /** Only what was logged from then on: RFC 3339, to the second. */
  readonly sinceTime?: string;
  /** The run before the current one. */
  readonly previous?: boolean;
}

/** A line of a log. */
export interface LogEntry {
  /** RFC 3339 with up to nanoseconds. */
  readonly time: string;
  readonly line: string;
}

/** The container whose log is read. */
export interface LogSource {
  readonly pod: string;
  readonly container: string;
}

/**
 * The lines of a container's current run, with `follow` until the container ends.
 * @throws ApiError 404 if the pod is gone, 400 if the container hasn't started or has no previous run.
 */
export async function* readLog(
  client: ApiClient,
  { pod, container }: LogSource,
  { tailLines, sinceSeconds, sinceTime, previous }: LogSelection,
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<LogEntry> {
  const query = {
    container,
    timestamps: 'true',
    ...(follow ? { follow: 'true' } : {}),
    ...(tailLines === undefined ? {} : { tailLines: String(tailLines) }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds: String(sinceSeconds) }),
    ...(sinceTime === undefined ? {} : { sinceTime }),
    ...(previous === true ? { previous: 'true' } : {}),
  };
  // Many logs may be read until the same signal aborts: each has one of its own, or Node would warn of a leak.
  for await (const text of client.log(pod, query, AbortSignal.any([signal]))) {
    const space = text.indexOf(' ');
    yield space < 0 ? { time: text, line: '' } : { time: text.slice(0, space), line: text.slice(space + 1) };
  }
}

/** Remembers how far a log was read, so that what is read again can be left out. */
export class LogPosition {
  #time = '';
  /** How many lines of that time were read: several may share one. */
  #count = 0;
  #again = 0;

  /** Where reading goes on, in a selection's words. Call before each further reading. */
  resume(): LogSelection {
    this.#again = this.#count;
    return this.#time === '' ? {} : { sinceTime: this.#time };
  }

  /** Whether a line is new. */
  isNew({ time }: LogEntry): boolean {
    const order = compareTimes(time, this.#time);
    if (order < 0) return false;
    if (order === 0) {
      this.#again -= 1;
      if (this.#again >= 0) return false;
      this.#count += 1;
      return true;
    }
    [this.#time, this.#count, this.#again] = [time, 1, 0];
    return true;
  }
}

/** Orders times of any precision and time zone. */
export function compareTimes(a: string, b: string): number {
  return Math.sign(secondsOf(a) - secondsOf(b) || nanosecondsOf(a) - nanosecondsOf(b));
}

function secondsOf(time: string): number {
  return Math.floor((Date.parse(time) || 0) / 1_000);
}

function nanosecondsOf(time: string): number {
  return Number((/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(9, '0'));
}
