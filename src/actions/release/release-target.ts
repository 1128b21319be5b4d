// Which pointer a release moves, and what it needs for that.
import type { SessionCluster } from '../session/cluster-session.ts';
import type { PullSecret } from '../session/pull-secret.ts';

/** Which pointer moves. */
export interface ReleaseTarget {
  readonly app: string;
  readonly environment: string;
  /** It is the environment of plain traffic without any selector. */
  readonly isDefault: boolean;
  /** `release` or `rollback`, for those who wait. */
  readonly what: string;
  readonly cluster: SessionCluster;
  /** What pods pull with, where that must be put first. */
  readonly pullSecret?: PullSecret;
}
