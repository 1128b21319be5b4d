// What the API knows of pods' logs: who keeps them, and what a reader may ask for.
import type { Readable } from 'node:stream';

/** What part of a log is wanted; absent members don't restrict. */
export interface LogOptions {
  /** Name of a container; absent: the only one. */
  readonly container?: string;
  /** Goes on until the pod is gone or the reader aborts; over rotation and restarts of the container. */
  readonly follow: boolean;
  /** The run of the container before the current one. */
  readonly previous: boolean;
  /** Each line begins with its time (RFC 3339 with nanoseconds) and a space. */
  readonly timestamps: boolean;
  /** Only the last lines. */
  readonly tailLines?: number;
  /** Only what was written at or after this time, in ms since 1970. */
  readonly since?: number;
  /** Ends after so many bytes. */
  readonly limitBytes?: number;
}

/**
 * Who keeps the logs of pods. Log files have one line per line, as `<RFC 3339 with nanoseconds> <stdout|stderr> <text>`;
 * readers get the text, with the time before it if they asked for `timestamps`.
 */
export interface PodLogs {
  /**
   * The wanted part of a pod's log, as it was written or is being written. Ends when the reader stops iterating (or destroys
   * the stream), or `signal` aborts. Empty when the container has not begun yet. With `previous` and no earlier run, the first
   * read rejects with a StatusError 400 `previous terminated container "c" in pod "p" not found`.
   */
  read(podUid: string, options: LogOptions, signal: AbortSignal): AsyncIterable<Uint8Array> | Readable;
}
