// What rules see of headers: nothing that a client only claims.
import { describe, expect, test } from 'vitest';
import { sortHeaders } from '../../../../src/core/routing/request-headers.ts';
import { matchedHeaders } from '../../../../src/core/routing/matched-headers.ts';
import { Networks } from '../../../../src/core/routing/networks.ts';
import { outsideOrigin } from '../../../../src/core/routing/origin.ts';
import { routedRequest } from '../../../../src/core/routing/rules/routed-request.ts';

const headers = Object.entries({
  Host: 'shop',
  'X-User': 'a',
  Upgrade: 'websocket',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-For': '198.51.100.1',
  'X-Forwarded-Port': '443',
  'X-Real-IP': '10.0.0.1',
  Forwarded: 'for=x',
  'X-Fox-Env': 'e',
  'KF-Dep': 'v1',
  'kubefox-virtual-environment': 'dev',
}).flat();

/** Values of headers as rules see them, where proxies are trusted. */
function seen(proxies: readonly string[], names: readonly string[]) {
  const origin = outsideOrigin(sortHeaders(headers), '192.0.2.1', new Networks(proxies));
  const request = routedRequest({ method: 'GET', target: '/' }, () => matchedHeaders(headers, origin));
  return names.map((name) => request.header(name));
}

describe('rules see', () => {
  test('where a request comes from as its component is told it', () => {
    const names = [
      'x-forwarded-proto',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-port',
      'x-real-ip',
    ];
    expect(seen([], names)).toEqual([['http'], ['192.0.2.1'], ['shop'], [], []]);
    expect(seen(['192.0.2.1'], names)).toEqual([
      ['https'],
      ['198.51.100.1, 192.0.2.1'],
      ['shop'],
      ['443'],
      ['10.0.0.1'],
    ]);
  });

  test.each([[[]], [['192.0.2.1']]])(
    'nothing in the name of fox, and all else as it came; trusted: %j',
    (trusted) => {
      const own = ['x-fox-env', 'kf-dep', 'kubefox-virtual-environment', 'forwarded'];
      expect(seen(trusted, own)).toEqual([[], [], [], []]);
      expect(seen(trusted, ['host', 'x-user', 'upgrade'])).toEqual([['shop'], ['a'], ['websocket']]);
    },
  );
});
