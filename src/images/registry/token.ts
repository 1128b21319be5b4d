// Gets tokens from the authorization server that a registry names, for credentials or for nobody in particular.
import * as z from 'zod';
import { FoxError } from '../../core/errors.ts';
import { isLoopback } from '../../core/version/image-reference.ts';
import type { Credentials } from './credentials.ts';
import { type Answer, headerOf, type Wire, type WireRequest } from './exchange.ts';
import { retryAfter, Transient } from './patience.ts';
import { connectionError } from './connection-error.ts';
import { readAnswerError } from './registry-error.ts';

/** What stands in a Bearer header, for a while. */
export interface Token {
  readonly value: string;
  /** By `performance.now()`. */
  readonly expiresAt: number;
}

/** A token for what, and for whom. */
export interface TokenRequest {
  readonly host: string;
  /** URL of the authorization server. */
  readonly realm: string;
  readonly service: string | undefined;
  /** E.g. `repository:acme/ui:pull`. */
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  /** The error to throw if the server refuses. */
  readonly denial: (lines: readonly string[]) => Promise<FoxError>;
}

/** Gets a token. @throws Transient, FoxError REGISTRY_DENIED, REGISTRY_ERROR or REGISTRY_UNREACHABLE. */
export interface FetchToken {
  (request: TokenRequest): Promise<Token>;
}

const tokenAnswer = z.looseObject({
  token: z.string().nullish(),
  access_token: z.string().nullish(),
  expires_in: z.number().nullish(),
});

/** What the protocol says where a server says nothing. Seconds. */
const defaultLifetime = 60;

/** A token isn't used in its last moments: it would expire on the way. Seconds. */
const margin = 10;

/** Gets tokens over the client's connections. `insecure`: they may go without encryption. */
export function tokenFetcher(wire: Wire, insecure: boolean, signal: AbortSignal): FetchToken {
  return async (request) => {
    const realm = checkedRealm(request, insecure);
    const exchange = async (wireRequest: Omit<WireRequest, 'signal'>): Promise<Answer> => {
      try {
        return await wire.send({ ...wireRequest, signal: AbortSignal.any([signal]) });
      } catch (error) {
        throw signal.aborted ? error : connectionError(realm.host, error);
      }
    };
    const { credentials } = request;
    let answer = await exchange(
      credentials?.type === 'identity' ? byForm(realm, request) : byQuery(realm, request),
    );
    // Some servers know only the newer way.
    if ((answer.status === 404 || answer.status === 405) && credentials?.type === 'password') {
      await answer.body.dump();
      answer = await exchange(byForm(realm, request));
    }
    return readToken(answer, request, realm);
  };
}

/** Credentials go to an authorization server only where nobody can listen. */
function checkedRealm({ realm, host }: TokenRequest, insecure: boolean): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && (insecure || isLoopback(url.host)));
  if (url !== undefined && isSafe) return url;
  throw new FoxError(
    'REGISTRY_DENIED',
    `the registry ${host} names an authorization server to which nothing may be sent: ${realm.slice(0, 200)}`,
    { hints: ['It must be an https URL.'] },
  );
}

function byQuery(realm: URL, { service, scopes, credentials }: TokenRequest): Omit<WireRequest, 'signal'> {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credentials?.type !== 'password') return { method: 'GET', url, headers: {} };
  const { username, password } = credentials;
  url.searchParams.set('account', username);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return { method: 'GET', url, headers: { authorization } };
}

function byForm(url: URL, { service, scopes, credentials }: TokenRequest): Omit<WireRequest, 'signal'> {
  const form = new URLSearchParams({ client_id: 'fox', scope: scopes.join(' ') });
  if (service !== undefined) form.set('service', service);
  if (credentials?.type === 'identity') {
    form.set('grant_type', 'refresh_token');
    form.set('refresh_token', credentials.token);
  } else if (credentials?.type === 'password') {
    form.set('grant_type', 'password');
    form.set('username', credentials.username);
    form.set('password', credentials.password);
  }
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(form.toString()),
  };
}

async function readToken(answer: Answer, request: TokenRequest, realm: URL): Promise<Token> {
  const text = await answer.body.text().catch((error: unknown) => {
    throw connectionError(realm.host, error);
  });
  const { status } = answer;
  if (status === 400 || status === 401 || status === 403)
    throw await request.denial(readAnswerError(text).lines);
  if (status !== 200) throw unexpected(answer, realm, `it answered ${status}`);
  const parsed = tokenAnswer.safeParse(parseJson(text));
  const value = parsed.data?.token || parsed.data?.access_token;
  if (!value) throw unexpected(answer, realm, 'its answer holds no token');
  const lifetime = Math.max(1, (parsed.data?.expires_in ?? defaultLifetime) - margin);
  return { value, expiresAt: performance.now() + lifetime * 1000 };
}

function unexpected(answer: Answer, realm: URL, why: string): FoxError | Transient {
  const failure = new FoxError(
    'REGISTRY_ERROR',
    `the authorization server ${realm.host} gave no token: ${why}`,
  );
  const isTransient = answer.status === 429 || answer.status >= 500;
  return isTransient
    ? new Transient(failure, retryAfter(headerOf(answer, 'retry-after'), Date.now()))
    : failure;
}

/** Not JSON: undefined, as the parser's message would quote the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
