import { expect, test } from 'vitest';
import { canonicalQuantity, compareQuantities, isQuantity } from '../../../../src/embedded/api/quantity.ts';

// As Kubernetes writes them.
test.each([
  ['0', '0'],
  ['1000m', '1'],
  ['0.1', '100m'],
  ['1.5', '1500m'],
  ['0.5Gi', '512Mi'],
  ['1024Mi', '1Gi'],
  ['1500Mi', '1500Mi'],
  ['1023', '1023'],
  ['512', '512'],
  ['1000000', '1M'],
  ['0.5Ki', '512'],
  ['1e3', '1e3'],
  ['-1', '-1'],
  ['0.0000000001', '1n'],
])('%s is %s', (text, canonical) => {
  expect(canonicalQuantity(text)).toBe(canonical);
  expect(compareQuantities(text, canonical)).toBe(0);
});

test('amounts are compared by their value', () => {
  expect(compareQuantities('1', '999m')).toBe(1);
  expect(compareQuantities('1Gi', '1G')).toBe(1);
  expect(compareQuantities('-1', '0')).toBe(-1);
});

test('what is no amount', () => {
  for (const text of ['', 'a', '1 Gi', '1Zi', '--1', '.', 'Gi', '1.2.3'])
    expect(isQuantity(text)).toBe(false);
});
