// Caches in front of a site, and those of browsers, must not mix contexts.
import { expect, test } from 'vitest';
import { keptPrivately } from '../../../../../src/core/routing/browser/caching.ts';

const cacheControl = (headers: readonly string[]) => headers[headers.indexOf('cache-control') + 1];

test.each([
  [undefined, 'private'],
  ['public, max-age=60', 'max-age=60, private'],
  ['max-age=60, s-maxage=600', 'max-age=60, private'],
  ['private, max-age=5', 'private, max-age=5'],
  ['no-store', 'no-store'],
  ['no-cache, PUBLIC', 'no-cache, private'],
  ['private="set-cookie, x-a", max-age=1', 'max-age=1, private'],
  ['no-cache="set-cookie, x-a"', 'no-cache="set-cookie, x-a", private'],
  ['immutable,,max-age=1', 'immutable, max-age=1, private'],
])('Cache-Control: %s', (value, expected) => {
  const headers = value === undefined ? [] : ['Cache-Control', value];
  expect(cacheControl(keptPrivately(headers, []))).toBe(expected);
});

test('several headers count as one', () => {
  expect(cacheControl(keptPrivately(['Cache-Control', 'public', 'cache-control', 'max-age=9'], []))).toBe(
    'max-age=9, private',
  );
});

test('what speaks to caches in front alone is taken away', () => {
  const headers = [
    'CDN-Cache-Control',
    'max-age=9',
    'Surrogate-Control',
    'max-age=9',
    'Acme-CDN-Cache-Control',
    'x',
    'X-Accel-Expires',
    '9',
    'Edge-Control',
    'cache-maxage=9s',
    'ETag',
    '1',
  ];
  expect(keptPrivately(headers, [])).toEqual(['ETag', '1', 'cache-control', 'private']);
});

function vary(headers: readonly string[], by: readonly string[]): (string | undefined)[] {
  return keptPrivately(headers, by).flatMap((each, index, all) =>
    each.toLowerCase() === 'vary' ? [all[index + 1]] : [],
  );
}

test('Vary gets what is missing there', () => {
  expect(vary([], ['cookie'])).toEqual(['cookie']);
  expect(vary(['Vary', 'Accept, Cookie'], ['cookie'])).toEqual(['Accept, Cookie']);
  expect(vary(['Vary', 'Accept'], ['cookie', 'kf-dep'])).toEqual(['Accept', 'cookie, kf-dep']);
  expect(vary(['Vary', '*'], ['cookie'])).toEqual(['*']);
});
