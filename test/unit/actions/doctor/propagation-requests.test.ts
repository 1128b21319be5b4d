// How often marked requests are sent.
import { expect, test } from 'vitest';
import { usualTimes } from '../../../../src/actions/doctor/propagation-requests.ts';

test('one router sees it all with one request', () => {
  expect(usualTimes(1)).toBe(1);
  expect(usualTimes(0)).toBe(1);
});

test('with several, calls may come by another one than their request: it is sent more often', () => {
  expect(usualTimes(2)).toBeGreaterThan(5);
  expect(usualTimes(2, 'head')).toBe(usualTimes(2));
});

test('what may change something is sent once', () => {
  for (const method of ['POST', 'put', 'DELETE', 'PATCH']) expect(usualTimes(2, method)).toBe(1);
});
