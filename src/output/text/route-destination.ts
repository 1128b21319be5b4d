// Text of where an explained request gets: the component, what runs, what holds there, and what it is told.
import type {
  ExplainedDestination,
  ExplainedWorkload,
  RouteExplainResult,
} from '../../actions/route/explain-result.ts';
import { routeParametersHeader, writeRouteParameters } from '../../core/routing/route-parameters.ts';
import { byteText, durationText } from './amounts.ts';
import type { Step } from './route-steps.ts';

/** The steps behind the route. */
export function destinationSteps(
  { component, target, workload, limits, headers }: ExplainedDestination,
  { request, cluster }: RouteExplainResult,
): Step[] {
  return [
    ['component', `${component}, which sees ${request.method} ${target ?? ''}`],
    ['workload', workloadText(workload), podText(workload, cluster.state === 'stopped')],
    ['limits', limitText(limits)],
    ['headers', ...headerLines(headers)],
  ];
}

/** Its Deployment, and whom else it serves. */
export function workloadText({ name, sharedWith }: ExplainedWorkload): string {
  return `${name}${sharedWith.length === 0 ? '' : `, shared with ${sharedWith.join(', ')}`}`;
}

/** How many of its pods can answer now. */
export function podText({ pods: { ready, total } }: ExplainedWorkload, isStopped: boolean): string {
  if (isStopped) return 'no pod is ready: the embedded cluster is stopped';
  if (ready > 0) return `${ready} of ${total} ${total === 1 ? 'pod' : 'pods'} ready`;
  return total === 0
    ? 'no pod: the answer would be 503'
    : `none of ${total} ${total === 1 ? 'pod' : 'pods'} is ready: requests wait a little, then the answer is 503`;
}

function limitText({ timeout, maxBody, concurrency, queue }: ExplainedDestination['limits']): string {
  const body = maxBody === undefined ? 'a body of any size' : `a body of at most ${byteText(maxBody)}`;
  return `a response within ${durationText(timeout)}, ${body}; ${concurrency} requests at once per pod, ${queue} waiting`;
}

function headerLines({
  baggage,
  variables,
  params,
  forwardedPrefix,
}: ExplainedDestination['headers']): [string, ...string[]] {
  const captured = writeRouteParameters(params);
  const [first = 'none', ...more] = [
    ...(baggage === undefined ? [] : [`baggage: ${baggage}`]),
    ...(captured === undefined ? [] : [`${routeParametersHeader}: ${captured}`]),
    ...(variables.length === 0 ? [] : [`x-fox-env: ${variables.join(', ')}`]),
    ...(forwardedPrefix === undefined ? [] : [`x-forwarded-prefix: ${forwardedPrefix}`]),
  ];
  return [first, ...more];
}
