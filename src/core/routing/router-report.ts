// What routers tell of what passes through them, in annotations of their Leases. Small: an object holds 256 KiB of them.

/** A version in a virtual environment. */
export interface ReportedPair {
  readonly app: string;
  readonly version: string;
  readonly environment: string;
}

/** Streams (WebSockets, server-sent events) that are open on one router. */
export interface StreamCount extends ReportedPair {
  readonly component: string;
  readonly open: number;
}

/** How calls that one component made got their context on one router, since it started. */
export interface HopCount {
  readonly app: string;
  readonly caller: string;
  /** They carried it. */
  readonly carried: number;
  /** They carried none, and were given one, or none was needed. */
  readonly without: number;
  /** They carried none, and could not be served. */
  readonly refused: number;
}

/** What one router saw of a request that was sent to see who passes the context on. */
export interface ProbeSighting {
  readonly probe: string;
  readonly app: string;
  readonly component: string;
  /** Calls that it made while it answered that request, by callee: with the context, and without it. */
  readonly calls: readonly { readonly callee: string; readonly carried: number; readonly without: number }[];
  /** Something else was under way in the same pod: calls without context may have belonged to that. */
  readonly isShared: boolean;
}
