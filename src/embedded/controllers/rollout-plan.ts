// Decides which pods of a Deployment to make and to end now, so that enough of them always serve.
import { type Deployment, replicasOf } from './deployment.ts';

/** A pod of a Deployment, as far as the decision needs it. */
export interface RolloutPod {
  readonly name: string;
  /** It was made from the template as it is now. */
  readonly isCurrent: boolean;
  /** It is being deleted; its process may still run. */
  readonly isLeaving: boolean;
  readonly isReady: boolean;
  /** Ready for long enough to count. */
  readonly isAvailable: boolean;
  /** In ms since 1970. */
  readonly createdAt: number;
}

/** What to do now. The next change of a pod brings the next step. */
export interface RolloutStep {
  readonly create: number;
  /** Names of pods to delete. */
  readonly end: readonly string[];
}

/** The next step from the pods that there are to those that the Deployment wants. */
export function planRollout(deployment: Deployment, pods: readonly RolloutPod[]): RolloutStep {
  const wanted = replicasOf(deployment);
  const staying = pods.filter(({ isLeaving }) => !isLeaving).toSorted(leastWanted);
  const current = staying.filter(({ isCurrent }) => isCurrent);
  const old = staying.filter(({ isCurrent }) => !isCurrent);
  const surplus = current.slice(0, Math.max(0, current.length - wanted));
  const missing = Math.max(0, wanted - current.length);
  const { paused, strategy } = deployment.spec;
  if (strategy?.type === 'Recreate' && pods.some(({ isCurrent }) => !isCurrent)) {
    return { create: 0, end: paused === true ? names(surplus) : names([...surplus, ...old]) };
  }
  if (old.length === 0) return { create: missing, end: names(surplus) };
  if (paused === true) return { create: 0, end: names(surplus) };
  const { surge, unavailable } = rolloutBounds(deployment);
  const kept = staying.filter((pod) => !surplus.includes(pod));
  const spare = Math.max(0, kept.filter(({ isAvailable }) => isAvailable).length - (wanted - unavailable));
  const useless = old.filter(({ isAvailable }) => !isAvailable);
  const replaced = old.filter(({ isAvailable }) => isAvailable).slice(0, spare);
  return {
    create: Math.min(missing, Math.max(0, wanted + surge - kept.length)),
    end: names([...surplus, ...useless, ...replaced]),
  };
}

/** How many pods there may be beyond the wanted number, and how many of it may be missing, during a change. */
export function rolloutBounds(deployment: Deployment): { surge: number; unavailable: number } {
  const { type, rollingUpdate = {} } = deployment.spec.strategy ?? {};
  if (type === 'Recreate') return { surge: 0, unavailable: 0 };
  const wanted = replicasOf(deployment);
  const surge = Math.ceil(amount(rollingUpdate.maxSurge ?? '25%', wanted));
  const unavailable = Math.floor(amount(rollingUpdate.maxUnavailable ?? '25%', wanted));
  // With neither, nothing could ever move.
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

function amount(value: number | string, wanted: number): number {
  return typeof value === 'number' ? value : (Number.parseFloat(value) / 100) * wanted;
}

/** Those that serve least come first: unready ones, then the youngest. */
function leastWanted(a: RolloutPod, b: RolloutPod): number {
  return (
    Number(a.isReady) - Number(b.isReady) ||
    b.createdAt - a.createdAt ||
    (a.name < b.name ? -1 : Number(a.name > b.name))
  );
}

function names(pods: readonly RolloutPod[]): string[] {
  return pods.map(({ name }) => name);
}
