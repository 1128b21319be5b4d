// Why a delivery failed, as a problem.
import type { Problem } from '../../core/routing/problem.ts';
import { reasonOf } from '../log.ts';
import { maxHeaderBytes } from './endpoint.ts';

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

/** All pods are busy, and enough requests wait for them. */
export function overloaded(component: string): Problem {
  return {
    problem: 'overloaded',
    detail: `The pods of ${component} work on as many requests as they may, and this one found no room in time.`,
    try: ['fox status', `Give ${component} more replicas, or a higher concurrency.`],
    facts: { component },
    retryAfter: 1,
  };
}

/** @param timeout ms that the request had when it came here; 0 or less: none were left. */
export function deadlineExceeded(component: string, timeout: number): Problem {
  return {
    problem: 'deadline-exceeded',
    detail:
      timeout > 0
        ? `${component} did not answer within ${timeout / 1_000} s.`
        : `The time for the request was over before ${component} could be asked.`,
    try: [`fox logs ${component}`],
    facts: { component },
  };
}

/** @param limit bytes that the body may have. */
export function bodyTooLarge(limit: number): Problem {
  return {
    problem: 'body-too-large',
    detail: `The body of the request has more than the ${limit} bytes that it may have.`,
    try: ['Send less at once.'],
    facts: { limit },
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

/** Whether undici refused to send a request, or to take what its response says: no other pod will change that, and none has failed. */
export function isFinal(error: Error): boolean {
  return isInvalid(error) || isTooLarge(error);
}

function isInvalid(error: Error): boolean {
  return 'code' in error && (error.code === 'UND_ERR_INVALID_ARG' || error.code === 'UND_ERR_NOT_SUPPORTED');
}

function isTooLarge(error: Error): boolean {
  return 'code' in error && error.code === 'UND_ERR_HEADERS_OVERFLOW';
}

/** What undici's error means to the client. */
export function deliveryProblem(error: Error, component: string): Problem {
  if (isInvalid(error)) {
    return {
      problem: 'bad-request',
      detail: `The request can't be passed on: ${error.message}.`,
      try: ['Send a valid HTTP/1.1 request.'],
    };
  }
  if (isTooLarge(error)) {
    return {
      problem: 'upstream-failed',
      detail: `The headers of the response of ${component} are larger than ${maxHeaderBytes / 1024} KiB.`,
      try: [`Let ${component} send fewer or shorter headers, e.g. fewer cookies.`],
      facts: { component },
    };
  }
  return {
    problem: 'upstream-failed',
    detail: `${component} broke off before it answered: ${reasonOf(error)}.`,
    try: [`fox logs ${component}`],
    facts: { component },
  };
}
