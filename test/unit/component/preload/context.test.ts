// What a call lacks to belong to the request that is being answered; what it has itself stays.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { contextOf, lackingHeaders } from '../../../../src/component/preload/context.ts';

const context = contextOf({
  baggage: 'kf-dep=app-v1,kf-ve=dev,user=1',
  traceparent: 'ours',
  tracestate: 'a=1',
  'x-request-id': 'id',
});
const lackingOf = (own: Readonly<Record<string, string>>) =>
  Object.fromEntries(lackingHeaders(context, (name) => own[name]));

test('all of it, where it has nothing', () => {
  expect(lackingOf({})).toEqual({
    baggage: 'kf-dep=app-v1,kf-ve=dev,user=1',
    traceparent: 'ours',
    tracestate: 'a=1',
    'x-request-id': 'id',
  });
  expect(lackingHeaders(contextOf({}), () => undefined)).toEqual([]);
});

test.each([
  ['other=1', 'kf-dep=app-v1,kf-ve=dev,user=1,other=1'],
  ['user=2', 'kf-dep=app-v1,kf-ve=dev,user=2'],
  ['kf-dep=app-v1,kf-ve=dev', 'user=1,kf-dep=app-v1,kf-ve=dev'],
  ['', 'kf-dep=app-v1,kf-ve=dev,user=1'],
  ['kf-dep=app-v1 , kf-ve=dev,user=1;p=1', undefined],
  ['kf-dep=app-v2,kf-ve=dev', undefined],
])('of its baggage %j what it lacks, unless it is of another request', (own, wanted) => {
  expect(lackingOf({ baggage: own })['baggage']).toBe(wanted);
});

test('neither part of a trace where it has one of its own', () => {
  expect(lackingOf({ traceparent: 'own' })).not.toHaveProperty('traceparent');
  expect(lackingOf({ traceparent: 'own' })).not.toHaveProperty('tracestate');
  expect(lackingOf({ 'x-request-id': 'own' })).not.toHaveProperty('x-request-id');
});

test('whatever the baggage of a call, it keeps all of it, and what was added once is not added again', () => {
  const member = fc.tuple(
    fc.constantFrom('a', 'b', 'user', 'kf-dep', 'kf-ve', 'kf-probe'),
    fc.constantFrom('1', '2'),
  );
  const baggage = fc
    .array(member, { maxLength: 5 })
    .map((all) => all.map(([key, value]) => `${key}=${value}`).join(','));
  fc.assert(
    fc.property(baggage, baggage, (ours, own) => {
      const add = (to: string) =>
        Object.fromEntries(lackingHeaders(contextOf({ baggage: ours }), () => to))['baggage'] ?? to;
      const joined = add(own);
      expect(joined.endsWith(own)).toBe(true);
      expect(add(joined)).toBe(joined);
    }),
  );
});
