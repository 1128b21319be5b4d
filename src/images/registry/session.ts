// Requests to one registry as fox makes them: authorized, redirected, with errors that say what is wrong.
import type { Readable } from 'node:stream';
import { FoxError } from '../../core/errors.ts';
import { isLoopback } from '../../core/version/image-reference.ts';
import { cancelled } from '../cancelled.ts';
import { type Authorization, authorizationFor } from './authorization.ts';
import { credentialSource } from './credentials.ts';
import { type Answer, headerOf, openWire, type Wire, type WireRequest } from './exchange.ts';
import { Origin } from './origin.ts';
import { patienceOf, persist, retryAfter, type RetryOptions } from './patience.ts';
import type { RegistryOptions } from './registry-client.ts';
import { connectionError } from './connection-error.ts';
import { type Access, answerError, readAnswerError } from './registry-error.ts';
import { tokenFetcher } from './token.ts';

/** One request. */
export interface SessionRequest {
  readonly method: WireRequest['method'];
  /** Path with query, or where the registry has sent us. */
  readonly target: string | URL;
  readonly access: Access;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for each time that it has to be sent. */
  readonly body?: () => Uint8Array | Readable;
  /** Statuses of 400 and more that are an answer rather than an error. */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** What talks to one registry. */
export interface RegistrySession {
  readonly host: string;
  /** One attempt. @throws Transient if another one may succeed. */
  send(request: SessionRequest): Promise<Answer>;
  /** As many attempts as it takes, within limits. */
  request(request: SessionRequest): Promise<Answer>;
  /** How to wait between attempts at something that ends with `signal`. */
  retries(signal: AbortSignal | undefined): RetryOptions;
  close(): Promise<void>;
}

/** A request leads elsewhere at most so often. */
const mostRedirects = 5;

/** Most that is read of an answer that is an error. Bytes. */
const longestError = 64 * 1024;

export function openSession(options: RegistryOptions): RegistrySession {
  const { host, env, signal } = options;
  const wire = openWire(env);
  const origin = new Origin(host, options.insecure === true);
  const authorization = authorizationFor({
    host,
    credentials: credentialSource(host, env),
    fetchToken: tokenFetcher(wire, options.insecure === true, signal),
  });
  const patience = patienceOf(options.patience);
  // One of its own for each request: Node warns of many listeners of the same.
  const ending = (own: AbortSignal | undefined) =>
    AbortSignal.any(own === undefined ? [signal] : [signal, own]);
  const retries = (own: AbortSignal | undefined): RetryOptions => ({
    registry: host,
    patience,
    signal: ending(own),
    onRetry: options.onRetry ?? (() => undefined),
  });
  const send = async (request: SessionRequest) => {
    const until = ending(request.signal);
    if (until.aborted) throw cancelled(until);
    try {
      return await sendOnce({ host, wire, origin, authorization }, { ...request, signal: until });
    } catch (error) {
      throw until.aborted ? cancelled(until) : error;
    }
  };
  return {
    host,
    send,
    request: (request) => persist(() => send(request), retries(request.signal)),
    retries,
    close: () => wire.close(),
  };
}

interface Parts {
  readonly host: string;
  readonly wire: Wire;
  readonly origin: Origin;
  readonly authorization: Authorization;
}

type Sending = SessionRequest & { readonly signal: AbortSignal };

async function sendOnce(parts: Parts, request: Sending): Promise<Answer> {
  const answer = await followed(parts, request);
  const { status } = answer;
  if (status < 400 || request.accept?.includes(status) === true) {
    parts.origin.proven();
    return answer;
  }
  const body = await errorText(parts.host, answer);
  if (status === 400 && parts.origin.isGuess && (await wantsTls(parts, request.signal))) {
    parts.origin.useTls();
    return sendOnce(parts, request);
  }
  if ((status === 401 || status === 403) && answer.url.origin === parts.origin.url.origin) {
    throw await parts.authorization.denial(request.access, readAnswerError(body).lines);
  }
  const waitMs = retryAfter(headerOf(answer, 'retry-after'), Date.now());
  throw answerError(parts.host, request.access, status, body, waitMs);
}

/** Whether a registry answers a plain request by saying that HTTPS is spoken there. An answer to HEAD couldn't say it. */
async function wantsTls(parts: Parts, signal: AbortSignal): Promise<boolean> {
  const access = { repository: '', action: 'pull' } as const;
  const url = new URL('/v2/', parts.origin.url);
  const answer = await exchange(parts, { method: 'GET', target: url, access, signal }, url, {});
  const body = await errorText(parts.host, answer);
  return answer.status === 400 && /HTTP request\b.*\bHTTPS\b/i.test(body);
}

/** Follows redirects. Only the registry itself is shown who we are. */
async function followed(parts: Parts, request: Sending): Promise<Answer> {
  let url = parts.origin.resolve(request.target);
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const answer =
      url.origin === parts.origin.url.origin
        ? await authorized(parts, request, url)
        : await exchange(parts, request, url, {});
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const leads = isRead ? [301, 302, 303, 307, 308] : [307, 308];
    const location = headerOf(answer, 'location');
    if (location === undefined || !leads.includes(answer.status)) return answer;
    await answer.body.dump();
    url = redirected(parts, url, location);
  }
  throw new FoxError(
    'REGISTRY_ERROR',
    `the registry ${parts.host} leads in circles: ${url.origin}${url.pathname}`,
  );
}

function redirected({ host, origin }: Parts, from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? origin.resolve(new URL(location, from)) : undefined;
  const isSafe =
    to?.protocol === 'https:' || (to?.protocol === 'http:' && (origin.isPlain || isLoopback(to.host)));
  if (to !== undefined && isSafe) return to;
  throw new FoxError(
    'REGISTRY_ERROR',
    `the registry ${host} leads to a place without encryption: ${to?.host ?? '?'}`,
  );
}

async function authorized(parts: Parts, request: Sending, url: URL): Promise<Answer> {
  const { authorization } = parts;
  const shown = await authorization.header(request.access);
  const answer = await exchange(parts, request, url, shown === undefined ? {} : { authorization: shown });
  if (answer.status !== 401) return answer;
  await answer.body.dump();
  await authorization.refused(request.access, shown, answer.headers['www-authenticate']);
  const better = await authorization.header(request.access);
  return exchange(parts, request, url, better === undefined ? {} : { authorization: better });
}

async function exchange(
  parts: Parts,
  request: Sending,
  url: URL,
  further: Readonly<Record<string, string>>,
): Promise<Answer> {
  const { method, headers = {}, body, signal } = request;
  try {
    return await parts.wire.send({
      method,
      url,
      headers: { ...headers, ...further },
      signal,
      ...(body === undefined ? {} : { body: body() }),
    });
  } catch (error) {
    // What a body is made of may fail by itself.
    if (signal.aborted || error instanceof FoxError) throw error;
    throw connectionError(url.origin === parts.origin.url.origin ? parts.host : url.host, error);
  }
}

async function errorText(host: string, answer: Answer): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > longestError) break;
    }
  } catch (error) {
    throw connectionError(host, error);
  }
  return Buffer.concat(chunks).toString('utf8');
}
