// Who calls, and whom: asked about each request that comes in from inside.
import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../core/routing/hop.ts';
import type { Problem } from '../../core/routing/problem.ts';
import type { RoutedPod } from '../cluster/routed-pod.ts';

/** A call: what of it the caller can't choose is told by its connection. */
export interface Call {
  readonly caller: Caller;
  readonly callee: string;
}

/** Told who calls, or why that can't be told. */
export interface OnCall {
  (call: Call | Problem): void;
}

/** Knows who calls. */
export interface Callers {
  /** Tells whose call a request is: at once where that is known, else as soon as it is, or can't be any more. */
  identify(request: IncomingMessage, onCall: OnCall): void;
  setPod(pod: RoutedPod): void;
  deletePod(pod: RoutedPod): void;
}
