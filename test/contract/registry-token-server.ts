// An authorization server for registries: checks who asks, and signs tokens that a real registry verifies.
import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { loadCertificate, type ServerCertificate } from '../../src/embedded/api/certificate.ts';
import { temporaryDirectory, user } from './registry-process.ts';

/** How the server behaves. */
export interface TokenRules {
  /** What strangers may do: `pull` everywhere, or nothing. Default: nothing */
  readonly strangers?: 'pull';
  /** Valid for so long; negative: expired when it comes. Default: 300 */
  seconds?: number;
  /** What the server says about how long; default: the truth. */
  readonly claims?: number;
  /** Knows only the newer way, by POST. */
  readonly onlyPost?: boolean;
  /** Identity token that it takes instead of a password. */
  readonly identity?: string;
  /** Actions that {@link user} may do. Default: both */
  readonly allowed?: readonly string[];
  /** Gives no token at all to whoever asks for an action that isn't allowed. */
  readonly strict?: boolean;
  /** Answers that come first. */
  readonly faults?: number[];
}

/** A token that was asked for. */
export interface AskedToken {
  readonly method: string;
  readonly scopes: readonly string[];
  /** `''`: a stranger. */
  readonly user: string;
}

/** The server. */
export interface TokenServer {
  readonly realm: string;
  /** File with the certificate of who signs. */
  readonly authority: string;
  readonly asked: AskedToken[];
}

/** Starts one; the test's end stops it. */
export async function startTokenServer(rules: TokenRules = {}): Promise<TokenServer> {
  const directory = await temporaryDirectory();
  const certificate = await loadCertificate(join(directory, 'certificate.pem'));
  const authority = join(directory, 'authority.pem');
  await writeFile(authority, certificate.authority);
  const asked: AskedToken[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const { scopes, name } = await readQuestion(request, rules);
      asked.push({ method: request.method ?? '', scopes, user: name ?? '' });
      const fault = rules.faults?.shift();
      if (fault !== undefined) return response.writeHead(fault).end();
      if (rules.onlyPost === true && request.method === 'GET') return response.writeHead(405).end();
      if (name === undefined)
        return response.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED","message":"wrong password"}]}');
      const actions =
        name === '' ? (rules.strangers === undefined ? [] : ['pull']) : (rules.allowed ?? ['pull', 'push']);
      const asksForMore = scopes.some((scope) =>
        scope
          .slice(scope.lastIndexOf(':') + 1)
          .split(',')
          .some((action) => !actions.includes(action)),
      );
      if (rules.strict === true && asksForMore) return response.writeHead(403).end();
      const seconds = rules.seconds ?? 300;
      const token = signedToken(certificate, scopes, actions, seconds);
      return response.end(JSON.stringify({ token, expires_in: rules.claims ?? seconds }));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, authority, asked };
}

/** Who asks: `''` a stranger, undefined somebody who isn't who they say. */
async function readQuestion(
  request: IncomingMessage,
  rules: TokenRules,
): Promise<{ scopes: string[]; name: string | undefined }> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const query =
    request.method === 'POST'
      ? new URLSearchParams(body)
      : new URL(request.url ?? '', 'http://x').searchParams;
  const scopes = query.getAll('scope').flatMap((scope) => scope.split(' '));
  if (query.get('service') !== 'registry') return { scopes, name: undefined };
  if (query.get('grant_type') === 'refresh_token') {
    return { scopes, name: query.get('refresh_token') === rules.identity ? user.name : undefined };
  }
  const given =
    query.get('grant_type') === 'password'
      ? `${query.get('username')}:${query.get('password')}`
      : Buffer.from(request.headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString();
  if (given === '') return { scopes, name: '' };
  return { scopes, name: given === `${user.name}:${user.password}` ? user.name : undefined };
}

function signedToken(
  { key, certificate }: ServerCertificate,
  scopes: readonly string[],
  allowed: readonly string[],
  seconds: number,
): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scopes.map((scope) => {
    const [type = '', name = '', actions = ''] = scope.split(':');
    return { type, name, actions: actions.split(',').filter((action) => allowed.includes(action)) };
  });
  const x5c = [new X509Certificate(certificate).raw.toString('base64')];
  const header = { typ: 'JWT', alg: 'ES256', x5c };
  const claims = {
    iss: 'test',
    sub: user.name,
    aud: 'registry',
    jti: randomUUID(),
    access,
    iat: now - 1000,
    nbf: now - 1000,
    exp: now + seconds,
  };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(text), {
    key: createPrivateKey(key),
    dsaEncoding: 'ieee-p1363',
  });
  return `${text}.${signature.toString('base64url')}`;
}
