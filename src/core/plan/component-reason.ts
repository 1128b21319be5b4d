// What a plan says of one component: whether it runs already, what changed in it, and what it runs apart from.
import type { Fork } from './fork.ts';
import type { Surplus } from './surplus.ts';

/** Whether a component runs where it was asked for, and where else it is needed and doesn't run. */
export interface Whereabouts {
  /** The version that it is planned for. */
  readonly version: string;
  /** Pods that it has here; undefined: it doesn't run here. */
  readonly now: number | undefined;
  /** What its pods are to become, or would if nobody else had set their number; undefined: it has what is wanted. */
  readonly scaling: Surplus | undefined;
  readonly missingIn: readonly string[];
  /** Why it runs apart from what other environments run, if it does. */
  readonly fork: Fork | undefined;
}

/** The reason of a plan for one component; `explain` tells what changed in it, where that is what counts. */
export function reasonOf(where: Whereabouts, sharedWith: readonly string[], explain: () => string): string {
  const { version, now, scaling, missingIn, fork } = where;
  const apart = fork === undefined ? undefined : forkText(fork, version);
  if (now === undefined && sharedWith.length > 0)
    return `unchanged since ${sharedWith.at(-1)}, but its pods are gone`;
  if (now === undefined) return apart ?? explain();
  const there =
    missingIn.length > 0
      ? `runs already; ${missingIn.join(', ')} ${missingIn.length === 1 ? 'needs' : 'need'} another workload of it`
      : sharedWith.length > 0
        ? `unchanged: the same pods serve ${sharedWith.join(', ')}`
        : 'runs already';
  const pods = scalingText(scaling);
  return apart === undefined || missingIn.length > 0 ? there + pods : `${there}${pods}; ${apart}`;
}

/** `apart from dev: THEME has another value` */
function forkText({ because, names, instead }: Fork, version: string): string {
  const { environment } = instead;
  const place = instead.version === version ? environment : `${instead.version} in ${environment}`;
  const [list, one] = [names.join(', '), names.length === 1];
  const why = {
    own: `${list} ${one ? 'has another value' : 'have other values'}`,
    callee: `calls ${list}, which ${one ? 'runs' : 'run'} apart, and forwards no context`,
    environment: `${list}, which it calls, ${one ? 'has' : 'have'} variables per request, and it forwards no context`,
  };
  return `apart from ${place}: ${why[because]}`;
}

/** `, with 0 pods: is scaled to 2` */
function scalingText(scaling: Surplus | undefined): string {
  if (scaling === undefined) return '';
  const { before, replicas, setBy } = scaling;
  const now = `, with ${before} ${before === 1 ? 'pod' : 'pods'}`;
  if (setBy === undefined) return `${now}: is scaled to ${replicas}`;
  return `${now}: left alone, as ${setBy} has set that; ${replicas} ${replicas === 1 ? 'is' : 'are'} wanted`;
}
