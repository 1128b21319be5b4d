// Where requests come from.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Networks } from '../../../../src/core/routing/networks.ts';
import { type Claims, insideOrigin, outsideOrigin } from '../../../../src/core/routing/origin.ts';

const proxies = new Networks(['10.0.0.0/8', '2001:db8::/64']);

function claims(given: Partial<Claims>): Claims {
  return { host: ['in.example'], forwardedFor: [], forwardedHost: [], forwardedProto: [], ...given };
}

describe('from anybody', () => {
  test('nothing is believed', () => {
    const forged = claims({
      forwardedFor: ['10.0.0.1'],
      forwardedHost: ['out.example'],
      forwardedProto: ['https'],
    });
    expect(outsideOrigin(forged, '203.0.113.1', proxies)).toEqual({
      client: '203.0.113.1',
      isUnnamed: false,
      host: 'in.example',
      proto: 'http',
      path: '203.0.113.1',
      peer: 'anybody',
    });
  });
});

describe('from a trusted proxy', () => {
  test.each([
    ['its client', ['203.0.113.1'], '203.0.113.1', '203.0.113.1, 10.0.0.1'],
    ['behind several', ['203.0.113.1, 10.0.0.2'], '203.0.113.1', '203.0.113.1, 10.0.0.2, 10.0.0.1'],
    ['in several headers', ['203.0.113.1', '10.0.0.2'], '203.0.113.1', '203.0.113.1, 10.0.0.2, 10.0.0.1'],
    [
      'not what a client says',
      ['10.0.0.9, 198.51.100.1, 203.0.113.1'],
      '203.0.113.1',
      '203.0.113.1, 10.0.0.1',
    ],
    ['of its own network', ['10.7.7.7'], '10.7.7.7', '10.7.7.7, 10.0.0.1'],
    ['with a port', ['203.0.113.1:5000'], '203.0.113.1', '203.0.113.1, 10.0.0.1'],
    ['of the other family', ['[2001:db8:1::1]:5000'], '2001:db8:1::1', '2001:db8:1::1, 10.0.0.1'],
    ['without brackets', ['2001:db8:1::1'], '2001:db8:1::1', '2001:db8:1::1, 10.0.0.1'],
    ['written as IPv6', ['::ffff:203.0.113.1'], '203.0.113.1', '203.0.113.1, 10.0.0.1'],
    ['with gaps', [' , 203.0.113.1 ,, '], '203.0.113.1', '203.0.113.1, 10.0.0.1'],
  ])('the client is found: %s', (_, forwardedFor, client, path) => {
    const origin = outsideOrigin(claims({ forwardedFor }), '10.0.0.1', proxies);
    expect(origin).toMatchObject({ client, path, isUnnamed: false, peer: 'proxy' });
  });

  test.each([
    ['that says nothing', [], '10.0.0.1'],
    ['that doesn’t know', ['unknown'], '10.0.0.1'],
    ['behind one that doesn’t know', ['203.0.113.1, _hidden, 10.0.0.2'], '10.0.0.2'],
  ])('the client is unknown behind one %s', (_, forwardedFor, client) => {
    const origin = outsideOrigin(claims({ forwardedFor }), '10.0.0.1', proxies);
    expect(origin).toMatchObject({ client, isUnnamed: true });
  });

  test.each([
    [['out.example:8443'], ['https'], 'out.example:8443', 'https'],
    [['out.example, mid.example'], ['https, http'], 'out.example', 'https'],
    [[], ['WSS'], 'in.example', 'https'],
    [[''], ['javascript'], 'in.example', 'http'],
  ] as const)('host %j and protocol %j are believed', (forwardedHost, forwardedProto, host, proto) => {
    const origin = outsideOrigin(claims({ forwardedHost, forwardedProto }), '10.0.0.1', proxies);
    expect(origin).toMatchObject({ host, proto });
  });

  test('a client can’t be one of the networks by what it says itself', () => {
    const said = fc.array(fc.oneof(fc.ipV4(), fc.constantFrom('10.0.0.9', 'unknown', '')), { maxLength: 5 });
    fc.assert(
      fc.property(said, fc.ipV4(), (before, client) => {
        fc.pre(!proxies.has(client));
        const forwardedFor = [[...before, client].join(', ')];
        expect(outsideOrigin(claims({ forwardedFor }), '10.0.0.1', proxies)).toMatchObject({
          client,
          path: `${client}, 10.0.0.1`,
        });
      }),
    );
  });
});

test('a component passes on what it was told', () => {
  const told = claims({
    forwardedFor: ['203.0.113.1, 10.0.0.2'],
    forwardedHost: ['out.example'],
    forwardedProto: ['https'],
  });
  expect(insideOrigin(told, '10.0.0.7')).toEqual({
    client: '10.0.0.7',
    isUnnamed: false,
    host: 'out.example',
    proto: 'https',
    path: '203.0.113.1, 10.0.0.2, 10.0.0.7',
    peer: 'component',
  });
});
