// Which workloads have more pods than anybody wants of them, and whether fox may take them away.
import type { Workload } from '../version/workload.ts';
import { settingsOf } from './settings-plan.ts';
import type { WantedWorkload } from './wanted.ts';

/** A workload that is to have another number of pods. */
export interface Scaling {
  readonly workload: Workload;
  /** Pods that it has. */
  readonly before: number;
  /** Pods that it is to have. */
  readonly replicas: number;
}

/** A workload with more pods than the most that anybody wants. */
export interface Surplus extends Scaling {
  /** Who else than fox has set the number: it is left alone. */
  readonly setBy?: string;
}

/**
 * Finds workloads with more pods than wanted. What scales by load isn't among them, nor what nobody wants: that leaves.
 * @param wanted by key, each from some of those who want something. @param running pods by key.
 * @param setBy who else than fox has set them, by key.
 */
export function findSurplus(
  wanted: readonly ReadonlyMap<string, WantedWorkload>[],
  running: ReadonlyMap<string, number>,
  setBy: ReadonlyMap<string, string>,
): Surplus[] {
  return [...running].flatMap(([key, before]) => {
    const wants = wanted.flatMap((each) => each.get(key) ?? []);
    const [first] = wants;
    if (first === undefined || wants.some((each) => settingsOf(each).autoscale !== undefined)) return [];
    const replicas = Math.max(...wants.map((each) => each.replicas));
    if (before <= replicas) return [];
    const by = setBy.get(key);
    return [{ workload: first.workload, before, replicas, ...(by === undefined ? {} : { setBy: by }) }];
  });
}
