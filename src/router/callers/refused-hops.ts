// Tells refused calls in the log: the component that is refused mostly hides from its users why.
import type { Problem } from '../../core/routing/problem.ts';
import type { Log } from '../log.ts';

/** How long the same refusal isn't told again, in ms. */
const silence = 60_000;

/** A reporter of refused hops: each (problem, caller, callee) once in a while, so that a busy caller doesn't fill the disk. */
export function refusedHops(log: Log, now: () => number = Date.now): (refusal: Problem) => void {
  const told = new Map<string, number>();
  return ({ problem, detail, facts = {} }) => {
    const key = JSON.stringify([problem, facts['caller'], facts['callee']]);
    const last = told.get(key);
    if (last !== undefined && now() - last < silence) return;
    told.set(key, now());
    log('warning', 'hop-refused', { problem, detail, ...facts });
  };
}
