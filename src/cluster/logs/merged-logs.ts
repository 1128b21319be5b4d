// The logs of several pods as they are now, as one: ordered by time, with a bounded number of streams.
import type { ApiClient } from '../api/api-client.ts';
import { isStatus } from '../api/api-error.ts';
import { compareTimes, type LogEntry, type LogSelection, type LogSource, readLog } from './pod-log.ts';

/** A line and where it comes from. */
export interface MergedEntry<S extends LogSource> extends LogEntry {
  readonly source: S;
}

/**
 * Lines of several logs by time. Logs beyond `limit` come after the first ones, so many at a time.
 * @param onMissing is told of those that can't be read: the pod is gone, or hasn't started (or has no previous run).
 */
export async function* mergeLogs<S extends LogSource>(
  client: ApiClient,
  sources: readonly S[],
  selection: LogSelection,
  { limit, onMissing, signal }: MergeOptions<S>,
): AsyncGenerator<MergedEntry<S>> {
  for (let start = 0; start < sources.length; start += limit) {
    const streams = sources.slice(start, start + limit).map((source) => ({
      source,
      lines: readLog(client, source, selection, false, signal),
    }));
    try {
      yield* merge(streams, onMissing);
    } finally {
      await Promise.allSettled(streams.map(async ({ lines }) => lines.return(undefined)));
    }
  }
}

/** How logs are merged. */
export interface MergeOptions<S extends LogSource> {
  readonly limit: number;
  readonly onMissing: (source: S, error: Error) => void;
  readonly signal: AbortSignal;
}

interface Stream<S extends LogSource> {
  readonly source: S;
  readonly lines: AsyncGenerator<LogEntry>;
}

async function* merge<S extends LogSource>(
  streams: readonly Stream<S>[],
  onMissing: (source: S, error: Error) => void,
): AsyncGenerator<MergedEntry<S>> {
  const next = async ({ source, lines }: Stream<S>) => {
    try {
      const { value, done } = await lines.next();
      return done === true ? undefined : { source, lines, entry: value };
    } catch (error) {
      if (!isStatus(error, 404) && !isStatus(error, 400)) throw error;
      onMissing(source, error);
      return undefined;
    }
  };
  const begun = await Promise.all(streams.map(next));
  let heads = begun.flatMap((head) => head ?? []);
  while (heads.length > 0) {
    const first = heads.reduce((a, b) => (compareTimes(b.entry.time, a.entry.time) < 0 ? b : a));
    yield { source: first.source, ...first.entry };
    const following = await next(first);
    heads = heads.flatMap((head) => (head === first ? (following ?? []) : head));
  }
}
