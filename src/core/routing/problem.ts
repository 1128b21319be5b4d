// What the router answers when a request reaches no component: a closed set of problems (RFC 9457), each saying what to try.
import type { Json } from '../version/canonical.ts';

/** Kinds of problems, with status and title. Clients may rely on the kind, which is the end of `type`. */
export const problemKinds = {
  /** Its target or its headers can't be routed: dot segments, absolute form, a header that HTTP doesn't allow. */
  'bad-request': { status: 400, title: 'The request is not one that can be routed' },
  /** A selector is empty, repeated, unreadable, or names versions of several apps that answer the same path. */
  'bad-selector': { status: 400, title: 'A selector is not valid' },
  /** A component's request carries half a context, or two. */
  'bad-context': { status: 400, title: 'The context in the baggage is not valid' },
  'unknown-caller': { status: 403, title: 'Only components of fox may call here' },
  'not-in-calls': { status: 403, title: 'The component does not declare this call' },
  /** The virtual environment is closed to selectors, a signed link is missing, expired or forged, or what is selected doesn't exist: these can't be told apart. */
  'access-refused': { status: 403, title: 'The selection is not allowed' },
  /** There is no virtual environment yet. */
  'nothing-deployed': { status: 404, title: 'Nothing is deployed' },
  /** Nothing leads the request to one, and none is the default. */
  'no-default-environment': { status: 404, title: 'No virtual environment for plain requests' },
  'unknown-environment': { status: 404, title: 'No such virtual environment' },
  'unknown-version': { status: 404, title: 'No such version' },
  'nothing-released': { status: 404, title: 'Nothing is released in this virtual environment' },
  'not-running': { status: 404, title: 'The version does not run in this virtual environment' },
  'no-route': { status: 404, title: 'No route matches' },
  /** Two released apps have equal routes. */
  'ambiguous-route': { status: 404, title: 'Several routes match equally' },
  'method-refused': { status: 405, title: 'The router refuses this method' },
  /** The head of the request didn't arrive in time. */
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  /** More bytes than the route or the router allows. */
  'body-too-large': { status: 413, title: 'The body of the request is too large' },
  /** The calling workload isn't the one that the request's context has. */
  'context-mismatch': { status: 421, title: 'The caller does not belong to the context of its request' },
  /** No context, and the versions that share the caller disagree. */
  'context-lost': { status: 421, title: 'The context of the request was lost' },
  /** More headers, or longer ones, than the router takes; the target counts, too. */
  'headers-too-large': { status: 431, title: 'The head of the request is too large' },
  'upstream-failed': { status: 502, title: 'The component broke off' },
  'no-ready-pod': { status: 503, title: 'No pod is ready' },
  /** All pods have as much to do as they may, and as many requests wait for them as may. */
  overloaded: { status: 503, title: 'The component has too much to do' },
  /** The object of a version in the cluster can't be read. */
  'damaged-version': { status: 503, title: 'The version is damaged' },
  /** The object of a virtual environment can't be read, or one that it inherits from is gone. */
  'damaged-environment': { status: 503, title: 'The virtual environment is damaged' },
  /** What a release in a stable virtual environment holds on to is gone. */
  'configuration-lost': { status: 503, title: 'The configuration of the release is gone' },
  /** A component can't be told what it declares to be told with each request. */
  'variables-missing': { status: 503, title: 'The virtual environment lacks values' },
  /** The router has not read the cluster yet. */
  starting: { status: 503, title: 'The router is starting' },
  'deadline-exceeded': { status: 504, title: 'The component did not answer in time' },
} as const;

/** A kind of {@link problemKinds}. */
export type ProblemKind = keyof typeof problemKinds;

/** Why a request reaches no component. */
export interface Problem {
  readonly problem: ProblemKind;
  /** What happened, in one or two sentences. */
  readonly detail: string;
  /** Commands, or one sentence. */
  readonly try: readonly string[];
  /** Further facts for programs. */
  readonly facts?: Readonly<Record<string, Json>>;
  /** Seconds after which it may work. */
  readonly retryAfter?: number;
  /** What isn't told: for the log. */
  readonly reason?: string;
}

/** Whether a decision is a problem. */
export function isProblem(decision: object): decision is Problem {
  return 'problem' in decision;
}

/** A problem as a response body, `application/problem+json`. */
export function problemBody({ problem, detail, facts, try: tries }: Problem): string {
  const { status, title } = problemKinds[problem];
  return `${JSON.stringify({ type: `urn:fox:problem:${problem}`, title, status, detail, ...facts, try: tries }, null, 2)}\n`;
}

/** A selector that can't be used; `place` is e.g. `query kf-dep`. */
export function badSelector(place: string, what: string): Problem {
  return {
    problem: 'bad-selector',
    detail: `The ${place} ${what}.`,
    try: ['Name one version and one virtual environment: ?kf-dep=<version>&kf-ve=<virtual environment>'],
  };
}

/** A context that can't be used. */
export function badContext(what: string): Problem {
  return {
    problem: 'bad-context',
    detail: `The request can't be routed: ${what}.`,
    try: ['Pass the `baggage` header of the incoming request on as it is.'],
  };
}

/** A list of names for a sentence: the first ten, and how many more there are. */
export function nameList(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
