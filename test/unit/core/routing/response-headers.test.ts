// Headers of responses on their way through the router.
import { expect, test } from 'vitest';
import { isTrailer, responseHeaders } from '../../../../src/core/routing/response-headers.ts';

test('what is for one connection is left out, repetition kept, and only the edge speaks for fox', () => {
  const headers = [
    'Set-Cookie',
    'a=1',
    'Set-Cookie',
    'b=2',
    'Connection',
    'close, x-hop',
    'X-Hop',
    '1',
    'Fox-Version',
    'v9',
    'Transfer-Encoding',
    'chunked',
  ];
  expect(responseHeaders(headers, ['fox-version', 'v1'])).toEqual([
    'Set-Cookie',
    'a=1',
    'Set-Cookie',
    'b=2',
    'fox-version',
    'v1',
  ]);
  expect(responseHeaders(headers, [])).toEqual([
    'Set-Cookie',
    'a=1',
    'Set-Cookie',
    'b=2',
    'Fox-Version',
    'v9',
  ]);
});

test.each(['kf-ve=x', ' kf-dep.dev=v1; Path=/', '=kf-sig.dev=x', 'kf-page.dev'])(
  'a cookie of fox’s is fox’s to set: %s',
  (cookie) => {
    const headers = ['Set-Cookie', cookie, 'set-cookie', 'own=kf-ve'];
    expect(responseHeaders(headers, [])).toEqual(['set-cookie', 'own=kf-ve']);
    expect(responseHeaders(headers, ['set-cookie', 'kf-ve=dev'])).toEqual([
      'set-cookie',
      'own=kf-ve',
      'set-cookie',
      'kf-ve=dev',
    ]);
  },
);

test('trailers cannot frame or forge', () => {
  const names = [
    'x-checksum',
    'content-length',
    'transfer-encoding',
    'connection',
    'fox-version',
    'server-timing',
  ];
  expect(names.filter(isTrailer)).toEqual(['x-checksum', 'server-timing']);
});
