// Tells refused calls in the log: the component that is refused mostly hides from its users why.
import type { Problem } from '../../core/routing/problem.ts';
import type { Log } from '../log.ts';

/** How long the same refusal isn't told again, in ms. */
const silence = 60_000;
/** On Kubernetes a caller names its callee as it likes: within the same time, more than so many aren't told, nor remembered. */
const mostTold = 1_000;

/** A reporter of refused hops: each (problem, caller, callee) once in a while, so that a busy caller doesn't fill the disk. */
export function refusedHops(log: Log, now: () => number = Date.now): (refusal: Problem) => void {
  /** When each was told; the oldest first. */
  const told = new Map<string, number>();
  return ({ problem, detail, facts = {} }) => {
    for (const [each, at] of told) {
      if (now() - at < silence) break;
      told.delete(each);
    }
    const key = JSON.stringify([problem, facts['caller'], facts['callee']]);
    if (told.has(key) || told.size >= mostTold) return;
    told.set(key, now());
    log('warning', 'hop-refused', { problem, detail, ...facts });
  };
}
