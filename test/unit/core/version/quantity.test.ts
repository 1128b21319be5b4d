// Amounts in Kubernetes' notation.
import { expect, test } from 'vitest';
import { parseQuantity } from '../../../../src/core/version/quantity.ts';

test.each([
  ['1', 1],
  ['0.5', 0.5],
  ['.5', 0.5],
  ['250m', 0.25],
  ['128Mi', 134_217_728],
  ['2G', 2_000_000_000],
  ['1k', 1000],
  ['1Ki', 1024],
  ['1e3', 1000],
  ['1E3', 1000],
  ['1E', 1e18],
  ['2Ei', 2 ** 61],
])('%s is %d', (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});

test.each(['', '-1', 'm', '1 Mi', '1mi', '1K', '1Mib', '0x10', 'Infinity', '1e', '1.2.3'])(
  '"%s" is none',
  (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  },
);
