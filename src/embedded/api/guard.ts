// Lets only those through who know the token and speak to a loopback name.
import { createHash, timingSafeEqual } from 'node:crypto';
import { StatusError } from '../store/status-error.ts';
import { type ApiHandler, type ApiRequest, statusResponse } from './request.ts';

/** Names that lead to this machine; a page whose name was pointed here (DNS rebinding) has another one. */
const loopbackHost = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d+)?$/i;

/** The handler behind its guard: 401 without the token, 403 for a Host that isn't loopback. */
export function guarded(handler: ApiHandler, token: string): ApiHandler {
  const expected = digest(token);
  return async (request) => {
    const refusal = refusalOf(request, expected);
    return refusal === undefined ? handler(request) : statusResponse(refusal);
  };
}

function refusalOf({ headers }: ApiRequest, expected: Buffer): StatusError | undefined {
  if (!loopbackHost.test(headers['host'] ?? '')) {
    return new StatusError(
      403,
      'Forbidden',
      'the embedded cluster answers only to localhost, 127.0.0.1 and [::1]',
    );
  }
  const [, token = ''] = /^Bearer +(\S+)$/i.exec(headers['authorization'] ?? '') ?? [];
  // Digests have one length, and take the same time to compare wherever they differ.
  if (timingSafeEqual(digest(token), expected)) return undefined;
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
