// What `fox route explain --from --to` tells of a call between two components.
import type { ClusterSummary } from '../session/cluster-session.ts';
import type { ExplainedDestination, ExplainedProblem, ExplainedWorkload } from './explain-result.ts';

/** Why a call goes where it goes. */
export interface CallExplainResult {
  readonly schema: 'fox/v1';
  readonly kind: 'route explain';
  readonly cluster: ClusterSummary;
  readonly caller: ExplainedCaller;
  readonly callee: string;
  /** With a context, and without one; or as the given baggage says. */
  readonly hops: readonly ExplainedHop[];
}

/** Who calls. */
export interface ExplainedCaller {
  readonly app: string;
  readonly version: string;
  readonly environment: string;
  readonly component: string;
  readonly forwardsContext: boolean;
  readonly workload: ExplainedWorkload;
  /** Everything that it is part of: `order-app-v1 in dev`. */
  readonly pairs: readonly string[];
}

/** A call with what it carries, and where that leads. */
export interface ExplainedHop {
  /** The `baggage` of the call; absent: it has none. */
  readonly baggage?: string;
  /** A sentence without its subject, which is the call. Absent where it leads nowhere: the problem says why. */
  readonly why?: string;
  readonly destination?: ExplainedDestination;
  readonly problem?: ExplainedProblem;
}
