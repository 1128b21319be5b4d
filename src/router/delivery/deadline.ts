// Until when a response must have begun: where that comes from, and how it is told to whoever is called.
import type { IncomingMessage } from 'node:http';
import { longestTimeout } from '../../core/routing/delivery-defaults.ts';

/** Header by which a component is told how many ms are left for its response to begin. */
export const timeoutHeader = 'x-fox-timeout';

/** Ms for a request from outside. @param timeout of its route @param usual where the route says nothing */
export function timeAtEdge(timeout: number | undefined, usual: number): number {
  return Math.min(timeout ?? usual, longestTimeout);
}

/**
 * Ms that are left for a call between components; 0 or less: none.
 * @param deadline that its baggage carries, in ms since 1970. One that no route can have set counts as none
 * @param usual where it carries none
 */
export function timeOnHop(deadline: number | undefined, now: number, usual: number): number {
  const left = deadline === undefined ? usual : deadline - now;
  return left > longestTimeout ? usual : left;
}

/**
 * The deadline that a request from outside carries from hop to hop, in ms since 1970. Only where its route says a timeout: by
 * the usual one, work that a component goes on with after it has answered would be cut off without anybody having asked for
 * that. Streams carry none: the calls that they cause have no end.
 * @param timeout of its route
 */
export function deadlineToCarry(
  timeout: number | undefined,
  { headers }: IncomingMessage,
  now: number,
): number | undefined {
  if (timeout === undefined || headers.upgrade !== undefined) return undefined;
  if (headers.accept?.includes('text/event-stream') === true) return undefined;
  return now + timeAtEdge(timeout, timeout);
}
