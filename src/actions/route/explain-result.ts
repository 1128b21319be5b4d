// What `fox route explain` tells of a request.
import type { Access } from '../../core/environments/environment-definition.ts';
import type { ChosenBy } from '../../core/routing/environment-choice.ts';
import type { ProblemKind } from '../../core/routing/problem.ts';
import type { ClusterSummary } from '../session/cluster-session.ts';

/** Why a request goes where it goes, step by step, as far as it gets. */
export interface RouteExplainResult {
  readonly schema: 'fox/v1';
  readonly kind: 'route explain';
  readonly cluster: ClusterSummary;
  readonly request: ExplainedRequest;
  /** What of it selects; each kind in the order of precedence. */
  readonly selectors: readonly ExplainedSelector[];
  /** Cookies of fox. */
  readonly cookies: readonly ExplainedCookie[];
  readonly environment?: ExplainedEnvironment;
  /** Absent: it asks for nothing by name. */
  readonly access?: { readonly access: Access; readonly isAllowed: boolean };
  /** First segment of the path, which is removed: `/team-a`. */
  readonly subPath?: string;
  readonly version?: ExplainedVersion;
  /** Each route of the versions that are asked, in the order of precedence. */
  readonly routes: readonly ExplainedRoute[];
  /** Why further routes match nothing there: `routes.0.env.REGION of ui is required but has no value`. */
  readonly routeProblems: readonly string[];
  /** Absent: it reaches no component. */
  readonly destination?: ExplainedDestination;
  /** Absent: it reaches one. */
  readonly problem?: ExplainedProblem;
}

/** The request, as it would arrive. */
export interface ExplainedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly host?: string;
  /** Absent: anybody outside of the cluster. */
  readonly client?: string;
}

/** A selector, by the place where it stands. */
export interface ExplainedSelector {
  readonly selects: 'deployment' | 'environment' | 'signature';
  /** `query kf-dep` */
  readonly place: string;
  /** Absent: it is a signature. */
  readonly value?: string;
  /** Another of its kind says more. */
  readonly counts: boolean;
}

/** A cookie by which a browser keeps its context. */
export interface ExplainedCookie {
  readonly name: string;
  /** Absent: it is a signature. */
  readonly value?: string;
  /** `unheard`: the browser comes from elsewhere · `stale`: what it says doesn't hold any more · `idle`: something else counts more. */
  readonly state: 'counts' | 'unheard' | 'stale' | 'idle';
}

/** A virtual environment, and what it was chosen by. */
export interface ExplainedEnvironment {
  readonly name: string;
  readonly by: ChosenBy;
  /** What else names one, and lost. */
  readonly others: readonly { readonly name: string; readonly by: ChosenBy }[];
}

/** A version, and why it is this one. */
export interface ExplainedVersion {
  /** `page`: it is an asset of a page of a version that was replaced a moment ago. */
  readonly by: 'selector' | 'cookie' | 'page' | 'release';
  /** Versions whose routes are asked: one per app. */
  readonly asked: readonly {
    readonly app: string;
    readonly name: string;
    /** Of its release, where that decides. */
    readonly revision?: number;
  }[];
  /** What plain requests get there, where the request selects something; absent: nothing is released. */
  readonly released?: readonly { readonly app: string; readonly name: string }[];
}

/** What becomes of a route. */
export interface ExplainedRoute {
  readonly app: string;
  readonly version: string;
  readonly component: string;
  /** Which of the component's routes, from 0 on. */
  readonly index: number;
  readonly rule: string;
  readonly matches: boolean;
  /** Why it isn't the one, as a sentence without its subject; absent: it is. */
  readonly why?: string;
}

/** Where a request or a call gets. */
export interface ExplainedDestination {
  readonly app: string;
  /** Absent, as is the environment: there are several, which run the same from here on. */
  readonly version?: string;
  readonly environment?: string;
  readonly component: string;
  /** Path and query, as the component sees them. */
  readonly target?: string;
  readonly workload: ExplainedWorkload;
  readonly limits: ExplainedLimits;
  /** Headers that tell the component of it. */
  readonly headers: ExplainedHeaders;
}

/** What runs. */
export interface ExplainedWorkload {
  /** Name of its Deployment. */
  readonly name: string;
  /** 40 hex digits. */
  readonly hash: string;
  /** Other versions that it serves. */
  readonly sharedWith: readonly string[];
  readonly pods: { readonly ready: number; readonly total: number };
}

/** What is waited for, and how much is taken. */
export interface ExplainedLimits {
  /** Ms until the response must begin. */
  readonly timeout: number;
  /** Bytes of the request's body; absent: any. */
  readonly maxBody?: number;
  /** Requests that each router has one pod work on at once. */
  readonly concurrency: number;
  /** Requests that wait on each router for a pod that has room. */
  readonly queue: number;
}

/** What the component is told. */
export interface ExplainedHeaders {
  readonly baggage?: string;
  /** Names of the variables in `x-fox-env`. */
  readonly variables: readonly string[];
  /** What captures of the route stand for, as in `x-fox-params`. */
  readonly params: Readonly<Record<string, string>>;
  readonly forwardedPrefix?: string;
}

/** What is answered in place of a component. */
export interface ExplainedProblem {
  readonly type: ProblemKind;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** What clients aren't told. */
  readonly reason?: string;
  readonly try: readonly string[];
}
