// How long pages are protected: what can be said, and what it means.
import { expect, test } from 'vitest';
import {
  skewMilliseconds,
  skewProtectionProblem,
} from '../../../../src/core/environments/skew-protection.ts';

test.each([
  ['off', 0],
  ['1m', 60_000],
  ['1h30m', 5_400_000],
])('%s', (skewProtection, milliseconds) => {
  expect(skewProtectionProblem(skewProtection)).toBeUndefined();
  expect(skewMilliseconds({ skewProtection })).toBe(milliseconds);
});

test.each(['', '0m', '30', '30s', 'on', 'OFF', '-1m'])(
  '"%s" is refused, and protects nothing',
  (skewProtection) => {
    expect(skewProtectionProblem(skewProtection)).toMatch(/neither a time/);
    expect(skewMilliseconds({ skewProtection })).toBe(0);
  },
);
