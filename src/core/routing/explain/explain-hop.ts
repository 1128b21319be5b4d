// Why a call from one component to another goes where it goes, with a context and without one.
import { type Baggage, type Context, contextOf } from '../context.ts';
import { type Caller, decideHop, type Hop } from '../hop.ts';
import { isProblem, type Problem } from '../problem.ts';
import type { LivePairs } from '../table/routed-pairs.ts';
import type { RoutingTable } from '../table/routing-table.ts';

/** A call, and what decides it. */
export interface HopExplanation {
  /** That the request carries; absent: it carries none. */
  readonly carried?: Context;
  /** By the context that it carries, or by what the caller is. */
  readonly by: 'context' | 'identity';
  /** The live pairs that the caller is part of. */
  readonly pairs: readonly LivePairs[];
  readonly outcome: Hop | Problem;
}

/** Explains a call that carries this baggage. */
export function explainHop(
  table: RoutingTable,
  caller: Caller,
  callee: string,
  baggage: Baggage,
): HopExplanation {
  const carried = contextOf(baggage);
  const isCarried = carried !== undefined && !isProblem(carried);
  return {
    ...(isCarried ? { carried } : {}),
    by: carried === undefined ? 'identity' : 'context',
    pairs: table.livePairs(caller.app, caller.component, caller.workload),
    outcome: decideHop(table, caller, callee, baggage),
  };
}
