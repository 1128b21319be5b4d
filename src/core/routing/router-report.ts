// What routers tell of what passes through them, in annotations of their Leases. Small: an object holds 256 KiB of them.

/** A version in a virtual environment. */
export interface ReportedPair {
  readonly app: string;
  readonly version: string;
  readonly environment: string;
}

/** Streams that are open on one router, by what serves them; see stream-report.ts. */
export interface StreamCount extends Partial<Omit<ReportedPair, 'app'>> {
  readonly app: string;
  /** `''`, as the hash is: of any component, where there were too many to tell them apart. */
  readonly component: string;
  /** First 40 hex digits of the hash of the workload that serves them. */
  readonly hash: string;
  /** They are calls between components: mostly further hops of streams from outside, which count there, too. */
  readonly isCall?: true;
  readonly webSockets: number;
  /** Responses that are streams of server-sent events. */
  readonly events: number;
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

/** What one router saw of the requests that were sent, under one id, to see who passes the context on. */
export interface ProbeReport {
  /** The id that they carry. */
  readonly probe: string;
  /** How many of them came in by this router, and have been answered. */
  readonly answered: number;
  readonly sightings: readonly ProbeSighting[];
}

/** What one router saw of a component that was given such a request. */
export interface ProbeSighting {
  readonly app: string;
  readonly component: string;
  /** Calls that it made while it answered that request, by callee: with the context, and without it. */
  readonly calls: readonly ProbedCalls[];
  /** Something else was under way in the same workload: calls without context may have belonged to that. */
  readonly isShared: boolean;
}

/** Calls from one component to another. */
export interface ProbedCalls {
  readonly callee: string;
  readonly carried: number;
  readonly without: number;
}
