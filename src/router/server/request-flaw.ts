// What Node's parser lets pass though two parsers may take it for two things, or it leads nowhere.
import type { IncomingMessage } from 'node:http';
import { headTooLarge } from '../../core/routing/carried-request.ts';
import type { Problem } from '../../core/routing/problem.ts';

/** More headers than this are refused: Node would leave out those beyond its limit without a word. */
export const mostHeaders = 200;

/** A name, an IPv4 or a bracketed IPv6 address, and a port if there is one. Browsers send other scripts as Punycode. */
const wellFormedHost = /^(?:[\w.-]{1,255}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** Why a request is refused before anybody looks at what it asks for; undefined if it isn't. */
export function requestFlaw({
  httpVersionMajor,
  httpVersionMinor,
  rawHeaders,
  headers,
}: IncomingMessage): Problem | undefined {
  if (rawHeaders.length > 2 * mostHeaders)
    return headTooLarge(`The request has more than ${mostHeaders} headers.`);
  if (httpVersionMajor !== 1 || httpVersionMinor > 1)
    return notHttp(`The request is of HTTP/${httpVersionMajor}.${httpVersionMinor}.`);
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersionMinor === 0))
    return notHttp('The transfer coding of the request is not "chunked" of HTTP/1.1.');
  const { host } = headers;
  if (host === undefined)
    return httpVersionMinor === 0 ? undefined : notHttp('The request has no Host header.');
  return hostFlaw(host, 'Host header');
}

/** Why a host is refused; undefined if it isn't. @param what it is, for the reason. */
export function hostFlaw(host: string, what: string): Problem | undefined {
  return wellFormedHost.test(host)
    ? undefined
    : notHttp(`The ${what} ${JSON.stringify(host.slice(0, 200))} is not a name or an address.`);
}

/** What was sent can't be taken as a request. */
export function notHttp(detail: string): Problem {
  return { problem: 'bad-request', detail, try: ['Send a valid HTTP/1.1 request.'] };
}
