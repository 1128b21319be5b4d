// Targets in absolute form (`GET http://host/path`): the host in them counts, and everybody behind sees a path (RFC 9112, 3.2.2).
import type { IncomingMessage } from 'node:http';
import type { Problem } from '../../core/routing/problem.ts';
import { hostFlaw } from './request-flaw.ts';

/** `http://host`, `https://host`: the scheme says nothing of the connection. */
const absolute = /^https?:\/\/([^/?#]*)(.*)$/is;

/**
 * Makes of a request with such a target the one that asks the same by path and `Host`. Of several `Host` headers each is
 * replaced, so that they are still several, which is refused.
 * @returns why it is refused; undefined if it isn't.
 */
export function takeAbsoluteTarget(request: IncomingMessage): Problem | undefined {
  const { url = '', method, headers, rawHeaders } = request;
  if (url.startsWith('/')) return undefined;
  const [, host, rest = ''] = absolute.exec(url) ?? [];
  if (host === undefined) return undefined;
  const flaw = hostFlaw(host, 'host of the request target');
  if (flaw !== undefined) return flaw;
  if (headers.host === undefined) rawHeaders.push('Host', host);
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.toLowerCase() === 'host') rawHeaders[index + 1] = host;
  headers.host = host;
  const isOfServer = method === 'OPTIONS' && rest === '';
  request.url = isOfServer ? '*' : rest.startsWith('/') ? rest : `/${rest}`;
  return undefined;
}
