// Why a delivery failed, as a problem.
import type { Problem } from '../../core/routing/problem.ts';
import { reasonOf } from '../log.ts';

/** Nobody there to answer. */
export function noReadyPod(component: string): Problem {
  return {
    problem: 'no-ready-pod',
    detail: `No pod of ${component} is ready to answer.`,
    try: ['fox status', `fox logs ${component}`],
    facts: { component },
    retryAfter: 1,
  };
}

/** The component switched to a protocol that nobody asked for. */
export function wrongProtocol(component: string): Problem {
  return {
    problem: 'upstream-failed',
    detail: `${component} switched to another protocol than the one that was asked for.`,
    try: [`fox logs ${component}`],
    facts: { component },
  };
}

/** Whether undici refused to send a request, which no other pod will change. */
export function isInvalid(error: Error): boolean {
  return 'code' in error && (error.code === 'UND_ERR_INVALID_ARG' || error.code === 'UND_ERR_NOT_SUPPORTED');
}

/** What undici's error means to the client. */
export function deliveryProblem(error: Error, component: string, deadline: number): Problem {
  const code = 'code' in error ? error.code : undefined;
  const look = { try: [`fox logs ${component}`], facts: { component } };
  if (code === 'UND_ERR_HEADERS_TIMEOUT') {
    return {
      problem: 'deadline-exceeded',
      detail: `${component} did not answer within ${deadline / 1_000} s.`,
      ...look,
    };
  }
  if (isInvalid(error)) {
    return {
      problem: 'bad-request',
      detail: `The request can't be passed on: ${error.message}.`,
      try: ['Send a valid HTTP/1.1 request.'],
    };
  }
  return {
    problem: 'upstream-failed',
    detail: `${component} broke off before it answered: ${reasonOf(error)}.`,
    ...look,
  };
}
