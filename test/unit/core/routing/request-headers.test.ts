// Headers of requests on their way through the router.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  requestHeaders,
  type SortedHeaders,
  sortHeaders,
  traceOf,
} from '../../../../src/core/routing/request-headers.ts';
import { Networks } from '../../../../src/core/routing/networks.ts';
import { insideOrigin, type Origin, outsideOrigin } from '../../../../src/core/routing/origin.ts';

const additions = { context: undefined, others: [] };
const proxies = new Networks(['192.0.2.1']);
const nobody = new Networks([]);

const fromProxy = (sorted: SortedHeaders) => outsideOrigin(sorted, '192.0.2.1', proxies);
const fromPod = (sorted: SortedHeaders) => insideOrigin(sorted, '10.0.0.7');

/** The headers that a component gets for these, from a client at 192.0.2.1. */
function sent(
  headers: readonly string[],
  originOf: (sorted: SortedHeaders) => Origin = (sorted) => outsideOrigin(sorted, '192.0.2.1', nobody),
  prefix?: string,
): string[][] {
  const sorted = sortHeaders(headers);
  const flat = requestHeaders(sorted, {
    ...additions,
    origin: originOf(sorted),
    trace: traceOf(sorted, () => 'a'.repeat(32)),
    prefix,
  });
  return Array.from({ length: flat.length / 2 }, (_, index) => flat.slice(index * 2, index * 2 + 2));
}

describe('of a request', () => {
  test('what nobody reads is carried with its order, case and repetition', () => {
    const headers = ['X-B', '1', 'x-a', '2', 'X-B', '3', 'Cookie', 'a=b'];
    expect(sent(headers).slice(0, 4)).toEqual([
      ['X-B', '1'],
      ['x-a', '2'],
      ['X-B', '3'],
      ['Cookie', 'a=b'],
    ]);
  });

  test('what is for one connection, selects, or speaks in the name of fox is left out', () => {
    const dropped = [
      'Connection',
      'Keep-Alive',
      'Proxy-Connection',
      'TE',
      'Trailer',
      'Transfer-Encoding',
      'Upgrade',
      'Expect',
    ];
    const selecting = ['kf-dep', 'KF-VE', 'Kubefox-App-Deployment', 'kubefox-virtual-environment'];
    const names = sent(
      [...dropped, ...selecting, 'X-Fox-Env', 'X-Fox-Params', 'x-fox-', 'Kf-Deadline', 'kf-x'].flatMap(
        (name) => [name, 'v'],
      ),
    ).map(([name]) => name);
    expect(names).toEqual(['x-forwarded-proto', 'x-forwarded-for', 'x-request-id', 'traceparent']);
  });

  test('nothing is written with underscores that frameworks would take for what the router writes', () => {
    const disguised = [
      'X_Fox_Env',
      'x-fox_params',
      'kf_dep',
      'Kubefox_App-Deployment',
      'X_Forwarded_For',
      'x-forwarded_host',
      'X_Real_IP',
      'x_request_id',
      'Transfer_Encoding',
    ];
    const headers = [...disguised, 'My_Header', 'x_foxtrot'].flatMap((name) => [name, 'v']);
    const own = ['x-forwarded-proto', 'x-forwarded-for', 'x-request-id', 'traceparent'];
    expect(sent(headers).map(([name]) => name)).toEqual(['My_Header', 'x_foxtrot', ...own]);
  });

  test('what Connection names is left out, but never what makes the request another one', () => {
    const headers = [
      'Connection',
      'X-Hop, Content-Length ,HOST',
      'x-hop',
      '1',
      'Content-Length',
      '3',
      'Host',
      'h',
      'x-end',
      '2',
    ];
    expect(sent(headers).slice(0, 3)).toEqual([
      ['Content-Length', '3'],
      ['x-end', '2'],
      ['host', 'h'],
    ]);
  });

  const claims = [
    ['Host', 'in'],
    ['X-Forwarded-For', '203.0.113.1'],
    ['X-Forwarded-Host', 'out'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Port', '8443'],
    ['X-Forwarded-Prefix', '/shop/'],
    ['X-Real-IP', '203.0.113.1'],
    ['Forwarded', 'for=203.0.113.1'],
  ].flat();

  test('what anybody says about where a request comes from is replaced', () => {
    expect(sent(claims, undefined, '/team-a').slice(0, -2)).toEqual([
      ['host', 'in'],
      ['x-forwarded-prefix', '/team-a'],
      ['x-forwarded-host', 'in'],
      ['x-forwarded-proto', 'http'],
      ['x-forwarded-for', '192.0.2.1'],
    ]);
  });

  test('what a trusted proxy says is kept and continued, but not what it may only pass on', () => {
    expect(sent(claims, fromProxy, '/team-a').slice(0, -2)).toEqual([
      ['host', 'in'],
      ['X-Forwarded-Port', '8443'],
      ['X-Real-IP', '203.0.113.1'],
      ['x-forwarded-prefix', '/shop/team-a'],
      ['x-forwarded-host', 'out'],
      ['x-forwarded-proto', 'https'],
      ['x-forwarded-for', '203.0.113.1, 192.0.2.1'],
    ]);
  });

  test('what a component passes on is kept and continued', () => {
    expect(sent(claims, fromPod).slice(0, -2)).toEqual([
      ['host', 'in'],
      ['X-Forwarded-Port', '8443'],
      ['X-Forwarded-Prefix', '/shop/'],
      ['X-Real-IP', '203.0.113.1'],
      ['x-forwarded-host', 'out'],
      ['x-forwarded-proto', 'https'],
      ['x-forwarded-for', '203.0.113.1, 10.0.0.7'],
      ['forwarded', 'for=203.0.113.1'],
    ]);
  });

  test.each([
    ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true],
    ['cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later', true],
    ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', false],
    ['00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01', false],
    ['00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', false],
    ['00-short-b7ad6b7169203331-01', false],
    ['', false],
  ])('the trace %s is kept: %s', (traceparent, isKept) => {
    const headers = new Map(
      sent(['traceparent', traceparent, 'tracestate', 'a=1']).map(([name, value]) => [name, value]),
    );
    expect(headers.get('traceparent')).toBe(
      isKept ? traceparent : `00-${'a'.repeat(32)}-${'a'.repeat(16)}-00`,
    );
    expect(headers.get('tracestate')).toBe(isKept ? 'a=1' : undefined);
  });

  test('two traces or two ids are none', () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = new Map(
      sent(['traceparent', trace, 'traceparent', trace, 'x-request-id', '1', 'x-request-id', '2']).map(
        ([name, value]) => [name, value],
      ),
    );
    expect(headers.get('traceparent')).not.toBe(trace);
    expect(headers.get('x-request-id')).toBe('a'.repeat(32));
  });

  test('whatever is sent, no header of one connection and nothing in the name of fox reaches a component', () => {
    const anyName = fc.oneof(
      fc.constantFrom(
        'Connection',
        'kf-x',
        'x-fox-env',
        'X-FOX-a',
        'te',
        'Upgrade',
        'kf-dep',
        'host',
        'x-a',
        'X-B',
      ),
      fc.stringMatching(/^[A-Za-z-]{1,12}$/),
    );
    const anyHeaders = fc.array(
      fc.tuple(anyName, fc.oneof(anyName, fc.constantFrom('close', 'x-a, X-B', ''))),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(anyHeaders, (headers) => {
        const names = sent(headers.flat()).map(([name]) => name?.toLowerCase() ?? '');
        const gone = ['connection', 'te', 'upgrade', 'kf-dep', 'keep-alive', 'transfer-encoding'];
        expect(names.filter((name) => gone.includes(name) || /^(?:x-fox|kf)-/.test(name))).toEqual([]);
      }),
    );
  });
});
