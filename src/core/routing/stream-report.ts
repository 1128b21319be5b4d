// What a router tells of its open streams, as text and back.
import type { ReportedPair, StreamCount } from './router-report.ts';

/** Bytes of the text at most: it shares an object with what else the router tells. */
const maxBytes = 64 * 1024;

/** How many streams these are. */
export function openStreams(counts: readonly Pick<StreamCount, 'webSockets' | 'events'>[]): number {
  return counts.reduce((sum, { webSockets, events }) => sum + webSockets + events, 0);
}

/** Those that somebody outside has open on a version in an environment, each once, however many hops it has. */
export function streamsFromOutside(
  counts: readonly StreamCount[],
  { app, version, environment }: ReportedPair,
): StreamCount[] {
  return counts.filter(
    (each) =>
      each.isCall !== true &&
      each.app === app &&
      each.version === version &&
      each.environment === environment,
  );
}

/** The text of counts; `''` for none. The smallest are told by app only, where there are too many. */
export function streamReport(counts: readonly StreamCount[]): string {
  const open = counts.filter((count) => openStreams([count]) > 0);
  if (open.length === 0) return '';
  const whole = JSON.stringify(open);
  if (whole.length <= maxBytes) return whole;
  const largestFirst = open.toSorted((a, b) => openStreams([b]) - openStreams([a]));
  // Half of the room is enough for the sums: there are fewer apps than what they consist of.
  const told: StreamCount[] = [];
  let bytes = 0;
  for (const count of largestFirst) {
    bytes += JSON.stringify(count).length + 1;
    if (bytes > maxBytes / 2) break;
    told.push(count);
  }
  return JSON.stringify([...told, ...sumsByApp(largestFirst.slice(told.length))]);
}

/** Counts of a text; none where it is none of this kind, as that of a router of another fox may be. */
export function readStreamReport(text = ''): StreamCount[] {
  if (text === '') return [];
  try {
    const counts: unknown = JSON.parse(text);
    return Array.isArray(counts) ? counts.filter(isCount) : [];
  } catch {
    return [];
  }
}

function sumsByApp(counts: readonly StreamCount[]): StreamCount[] {
  const sums = new Map<string, StreamCount>();
  for (const { app, webSockets, events } of counts) {
    const sum = sums.get(app);
    sums.set(app, {
      app,
      component: '',
      hash: '',
      webSockets: webSockets + (sum?.webSockets ?? 0),
      events: events + (sum?.events ?? 0),
    });
  }
  return [...sums.values()];
}

function isCount(value: unknown): value is StreamCount {
  if (typeof value !== 'object' || value === null) return false;
  const { app, component, hash, version, environment, isCall, webSockets, events } = value as Record<
    string,
    unknown
  >;
  return (
    [app, component, hash].every((each) => typeof each === 'string') &&
    [version, environment].every((each) => each === undefined || typeof each === 'string') &&
    (isCall === undefined || isCall === true) &&
    [webSockets, events].every((each) => Number.isSafeInteger(each))
  );
}
