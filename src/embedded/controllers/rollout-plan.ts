// Decides how many pods each of a Deployment's ReplicaSets is to have now, so that enough of them always serve.
import type { Deployment } from './deployment.ts';
import { replicasOf } from './replica-set.ts';

/** A ReplicaSet, as far as the decision needs it. */
export interface SizedSet {
  readonly name: string;
  /** How many pods it wants. */
  readonly replicas: number;
  /** How many of them serve. */
  readonly available: number;
  /** It still has pods that haven't ended, wanted or not. */
  readonly hasPods: boolean;
  /** How many pods the Deployment wanted, and could have had, when this was sized last. */
  readonly desired?: number;
  readonly max?: number;
}

/** Sizes by name of the ReplicaSet; those that stay as they are aren't named. */
export type Sizes = ReadonlyMap<string, number>;

/** The next step of a rollout. The next change of a ReplicaSet brings the next one. */
export interface RolloutStep {
  readonly sizes: Sizes;
  /** How large the ReplicaSet of the current template is to be made, if it doesn't exist; absent: not yet. */
  readonly newSize?: number;
}

/**
 * The next step towards as many pods of the current template as are wanted.
 * @param current the current template's ReplicaSet, if it exists.
 * @param old all others, the oldest first.
 */
export function planRollout(
  deployment: Deployment,
  current: SizedSet | undefined,
  old: readonly SizedSet[],
): RolloutStep {
  const { paused, strategy } = deployment.spec;
  const all = current === undefined ? old : [...old, current];
  if (paused === true || isScaled(deployment, all)) return { sizes: scaledSizes(deployment, current, old) };
  if (strategy?.type === 'Recreate') return recreate(deployment, current, old);
  const wanted = replicasOf(deployment);
  const { surge } = rolloutBounds(deployment);
  const total = sum(all, ({ replicas }) => replicas);
  const size = current?.replicas ?? 0;
  const room = Math.max(0, wanted + surge - total);
  const next = size > wanted ? wanted : size + Math.min(room, wanted - size);
  if (current === undefined) return { sizes: new Map(), newSize: next };
  // One thing at a time: what was made here counts only when it is there.
  if (next !== size) return { sizes: new Map([[current.name, next]]) };
  return { sizes: shrunkOld(deployment, current, old) };
}

/** How many pods there may be beyond the wanted number, and how many of it may be missing, during a change. */
export function rolloutBounds(deployment: Deployment): { surge: number; unavailable: number } {
  const { type, rollingUpdate = {} } = deployment.spec.strategy ?? {};
  if (type === 'Recreate') return { surge: 0, unavailable: 0 };
  const wanted = replicasOf(deployment);
  const surge = Math.ceil(amount(rollingUpdate.maxSurge ?? '25%', wanted));
  const unavailable = Math.floor(amount(rollingUpdate.maxUnavailable ?? '25%', wanted));
  // With neither, nothing could ever move.
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, wanted) };
}

/** All old pods go before the first new one comes. */
function recreate(
  deployment: Deployment,
  current: SizedSet | undefined,
  old: readonly SizedSet[],
): RolloutStep {
  const active = old.filter(({ replicas }) => replicas > 0);
  if (active.length > 0) return { sizes: new Map(active.map(({ name }) => [name, 0])) };
  if (old.some(({ hasPods }) => hasPods)) return { sizes: new Map() };
  const wanted = replicasOf(deployment);
  if (current === undefined) return { sizes: new Map(), newSize: wanted };
  return { sizes: current.replicas === wanted ? new Map() : new Map([[current.name, wanted]]) };
}

/** Old sets without what isn't needed any more: first pods that don't serve, then as many as enough others replace. */
function shrunkOld(deployment: Deployment, current: SizedSet, old: readonly SizedSet[]): Sizes {
  const all = [...old, current];
  const wanted = replicasOf(deployment);
  const minimum = wanted - rolloutBounds(deployment).unavailable;
  const missing = current.replicas - current.available;
  let useless = sum(all, ({ replicas }) => replicas) - minimum - missing;
  const cleaned = old.map((set) => {
    const count = Math.max(0, Math.min(useless, set.replicas - set.available));
    useless -= count;
    return { ...set, replicas: set.replicas - count };
  });
  let spare = sum(all, ({ available }) => available) - minimum;
  const shrunk = cleaned.map((set) => {
    const count = Math.max(0, Math.min(spare, set.replicas));
    spare -= count;
    return { ...set, replicas: set.replicas - count };
  });
  return changesOf(old, shrunk);
}

/** The Deployment was scaled since its sets were sized. */
function isScaled(deployment: Deployment, sets: readonly SizedSet[]): boolean {
  const wanted = replicasOf(deployment);
  return sets.some(({ replicas, desired }) => replicas > 0 && desired !== undefined && desired !== wanted);
}

/** Sizes after the Deployment was scaled: in the middle of a rollout, each set gets its share. */
function scaledSizes(deployment: Deployment, current: SizedSet | undefined, old: readonly SizedSet[]): Sizes {
  const all = current === undefined ? old : [...old, current];
  const active = all.filter(({ replicas }) => replicas > 0);
  const wanted = replicasOf(deployment);
  const [only, second] = active;
  const target = second === undefined ? (only ?? current ?? old.at(-1)) : undefined;
  if (target !== undefined) return changesOf([target], [{ ...target, replicas: wanted }]);
  const isSaturated = current !== undefined && current.replicas === wanted && current.available === wanted;
  if (isSaturated)
    return changesOf(
      old,
      old.map((set) => ({ ...set, replicas: 0 })),
    );
  if (deployment.spec.strategy?.type === 'Recreate') return new Map();
  return proportionalSizes(deployment, active);
}

function proportionalSizes(deployment: Deployment, active: readonly SizedSet[]): Sizes {
  const wanted = replicasOf(deployment);
  const allowed = wanted > 0 ? wanted + rolloutBounds(deployment).surge : 0;
  const missing = allowed - sum(active, ({ replicas }) => replicas);
  let left = missing;
  // Of equal ones, the newest gets more and the oldest loses more.
  const inTurn = missing > 0 ? active.toReversed() : active;
  const largestFirst = inTurn.toSorted((a, b) => b.replicas - a.replicas);
  const resized = largestFirst.map((set) => {
    const share = Math.round((set.replicas * allowed) / (set.max ?? allowed)) - set.replicas;
    const count = missing > 0 ? Math.max(0, Math.min(share, left)) : Math.min(0, Math.max(share, left));
    left -= count;
    return { ...set, replicas: set.replicas + count };
  });
  const [largest, ...others] = resized;
  if (largest === undefined) return new Map();
  return changesOf(active, [{ ...largest, replicas: Math.max(0, largest.replicas + left) }, ...others]);
}

function changesOf(before: readonly SizedSet[], after: readonly SizedSet[]): Sizes {
  const sizes = new Map(before.map(({ name, replicas }) => [name, replicas]));
  const changed = after.filter(({ name, replicas }) => sizes.get(name) !== replicas);
  return new Map(changed.map(({ name, replicas }) => [name, replicas]));
}

function amount(value: number | string, wanted: number): number {
  return typeof value === 'number' ? value : (Number.parseFloat(value) / 100) * wanted;
}

function sum(sets: readonly SizedSet[], count: (set: SizedSet) => number): number {
  return sets.reduce((total, set) => total + count(set), 0);
}
