// Which of a workload's pods a request goes to: the less busy one of two taken at random.
import type { Endpoint } from './endpoint.ts';

/** What a request asks of a pod. */
export interface Wish {
  /** Pods that have failed it. */
  readonly tried: ReadonlySet<Endpoint>;
  /** Requests that a pod works on at once. */
  readonly concurrency: number;
  /** It can be sent again if it fails. */
  readonly isRepeatable: boolean;
}

/**
 * Two choices come close to knowing the least busy one, without all requests running there at once; taking just any would
 * leave some pods with far more than others.
 * @param now in ms, of the clock by which pods are left out
 * @param random from 0 up to 1
 * @returns `full` if each has as much as it may; undefined if there is none left to try.
 */
export function pickEndpoint(
  ready: readonly Endpoint[],
  { tried, concurrency, isRepeatable }: Wish,
  now: number,
  random: () => number,
): Endpoint | 'full' | undefined {
  const hasRoom = ({ working }: Endpoint) => working < concurrency;
  const untried = tried.size === 0 ? ready : ready.filter((each) => !tried.has(each));
  if (untried.length === 0) return undefined;
  let candidates = untried;
  if (!untried.every(({ health }) => health.isWell)) {
    const probe = untried.find((each) => hasRoom(each) && each.health.mayProbe(now, isRepeatable));
    if (probe !== undefined) return probe;
    const well = untried.filter(({ health }) => health.isWell);
    // A pod that has failed others is better than none.
    if (well.length > 0) candidates = well;
  }
  const first = lessBusy(candidates, random);
  if (first !== undefined && hasRoom(first)) return first;
  return lessBusy(candidates.filter(hasRoom), random) ?? 'full';
}

function lessBusy(candidates: readonly Endpoint[], random: () => number): Endpoint | undefined {
  const count = candidates.length;
  if (count <= 1) return candidates[0];
  const one = Math.floor(random() * count);
  const other = (one + 1 + Math.floor(random() * (count - 1))) % count;
  const [a, b] = [candidates[one], candidates[other]];
  return a !== undefined && b !== undefined && b.busy < a.busy ? b : a;
}
