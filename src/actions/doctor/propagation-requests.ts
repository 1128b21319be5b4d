// Sends the marked requests, one after the other, by the way that leads to the routers from here.
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import type { Inquiry } from '../../core/routing/explain/explain-request.ts';
import { FoxError } from '../../core/errors.ts';
import { timeLimit } from '../../core/time-limit.ts';
import type { UpstreamPath } from '../proxy/upstream.ts';

/** How a request was answered. */
export interface ProbeAnswer {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly status: number;
  /** Why the router answered it by itself. */
  readonly problem?: string;
}

/** Times that each request is sent where one alone may show nothing. */
const timesWithSeveralRouters = 10;

/**
 * How often each request is sent, unless somebody says so. Of a call without a context, a router can only tell whose it was
 * if the request that it is made for came by that router, too: with several, one request often shows nothing.
 * Methods that change something are for those who say how often.
 */
export function usualTimes(routers: number, method = 'GET'): number {
  return routers > 1 && safeMethods.has(method.toUpperCase()) ? timesWithSeveralRouters : 1;
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** More of an answer isn't read: the calls that it takes have been made. In bytes, and in ms from its head on. */
const enoughBytes = 1024 * 1024;
const enoughTime = 2_000;

/**
 * Sends one request, and reads its answer or the beginning of a long one.
 * @param timeout ms until its answer must have begun. @throws FoxError TIMED_OUT, ROUTER_NOT_READY.
 */
export async function sendProbe(
  { open }: Pick<UpstreamPath, 'open'>,
  { method, target, headers }: Pick<Inquiry, 'method' | 'target' | 'headers'>,
  timeout: number,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const limit = timeLimit(timeout, signal);
  const socket = await open(limit);
  try {
    const call = httpRequest({
      method,
      path: target,
      headers: [...headers],
      createConnection: () => socket,
    });
    const response = await answered(call, limit);
    const text = await beginningOf(response);
    const { statusCode: status = 0, headers: got } = response;
    const isProblem = got['content-type'] === 'application/problem+json';
    return { method, path: target, status, ...(isProblem ? problemIn(text) : {}) };
  } catch (cause) {
    signal.throwIfAborted();
    const what = `${method} ${target}`;
    if (limit.aborted)
      throw new FoxError('TIMED_OUT', `${what} was not answered within ${timeout / 1_000} s`, { cause });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FoxError('ROUTER_NOT_READY', `${what} was not answered: ${reason}`, { cause });
  } finally {
    socket.destroy();
  }
}

async function answered(call: ClientRequest, limit: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const stop = () => call.destroy(new Error('it took too long'));
    limit.addEventListener('abort', stop, { once: true });
    call.on('error', reject);
    call.on('response', (response) => {
      limit.removeEventListener('abort', stop);
      resolve(response);
    });
    call.end();
  });
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const timer = setTimeout(() => response.destroy(), enoughTime);
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      size += part.length;
      parts.push(part);
      if (size > enoughBytes) break;
    }
  } catch {
    // That it broke off, or goes on and on, says nothing of the calls that it took.
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(parts).toString();
}

function problemIn(text: string): { readonly problem?: string } {
  try {
    const { detail } = JSON.parse(text) as { readonly detail?: unknown };
    return typeof detail === 'string' ? { problem: detail } : {};
  } catch {
    return {};
  }
}
