// A request from outside on its way through the edge: how it begins, and what is delivered of it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { takeCookies } from '../../core/routing/browser/context-cookies.ts';
import { outsideBaggage } from '../../core/routing/context.ts';
import { hostName } from '../../core/routing/environment-choice.ts';
import { requestHeaders, sortHeaders, traceOf } from '../../core/routing/request-headers.ts';
import { contextAt, type Destination } from '../../core/routing/genesis.ts';
import { matchedHeaders } from '../../core/routing/matched-headers.ts';
import { outsideOrigin } from '../../core/routing/origin.ts';
import type { Problem } from '../../core/routing/problem.ts';
import type { SettingsInForce } from '../../core/routing/router-settings.ts';
import { type RoutedRequest, routedRequest } from '../../core/routing/rules/routed-request.ts';
import { deadlineToCarry, timeAtEdge } from '../delivery/deadline.ts';
import type { Order } from '../delivery/order.ts';
import type { BrowserExchange } from './browser-context.ts';
import { newId } from './new-id.ts';
import { peerAddress } from '../server/peer-address.ts';
import { observe, type Observer } from '../observers/observation.ts';

/** A request from outside, and what has been found out about it. */
export interface EdgeExchange extends BrowserExchange {
  destination: Destination | undefined;
}

/** The router has not read the cluster yet. */
export const starting: Problem = {
  problem: 'starting',
  detail: 'The router has not read the cluster yet.',
  try: ['fox status'],
  retryAfter: 1,
};

/** A request as it arrives; nothing is decided of it. */
export function arrivedExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { proxies }: SettingsInForce,
  observers: readonly Observer[],
): EdgeExchange {
  const target = request.url ?? '';
  const { cookies, headers } = takeCookies(request.rawHeaders);
  const sorted = sortHeaders(headers);
  const origin = outsideOrigin(sorted, peerAddress(request), proxies);
  const trace = traceOf(sorted, newId);
  return {
    request,
    response,
    sorted,
    headers,
    cookies,
    origin,
    trace,
    target,
    observation: observe(observers, 'edge', request, response, origin, trace),
    added: [],
    selectors: {},
    entry: { choice: { target }, asked: {}, used: [], stale: [], outcome: starting },
    isProtected: false,
    cookiesOfPage: [],
    destination: undefined,
  };
}

/** The request as rules see it, with this target. */
export function routedAs({ request, headers, origin }: EdgeExchange, target: string): RoutedRequest {
  const host = origin.host === undefined ? undefined : hostName(origin.host);
  return routedRequest({ method: request.method ?? '', target, host }, () => matchedHeaders(headers, origin));
}

/** What is delivered of it. */
export function orderOf(
  { request, target, entry, added, observation, sorted, origin, trace }: EdgeExchange,
  destination: Destination,
  settings: SettingsInForce,
  usualTimeout: number,
): Order {
  const { version, workload, component, route, told, parameters } = destination;
  const { timeout, maxBody = settings.maxBody } = route;
  const deadline = deadlineToCarry(timeout, request, Date.now());
  const marks = {
    ...(deadline === undefined ? {} : { deadline }),
    ...(observation.probe === undefined ? {} : { probe: observation.probe }),
  };
  const { prefix } = entry.choice;
  const others = outsideBaggage(sorted.baggage);
  const context = contextAt(destination);
  return {
    workload,
    component,
    target,
    headers: requestHeaders(sorted, { context, others, marks, origin, trace, told, parameters, prefix }),
    added,
    observation,
    limits: version.components[component]?.delivery ?? {},
    timeout: timeAtEdge(timeout, usualTimeout),
    isFirm: timeout !== undefined,
    ...(maxBody === undefined ? {} : { maxBody }),
  };
}
