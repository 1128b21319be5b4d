// Paths: which are refused because a component could see another one, and what their segments are.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSafePath, pathSegments } from '../../../../../src/core/routing/rules/request-path.ts';

test.each([
  '/.',
  '/..',
  '/a/../b',
  '/a/./b',
  '/a/..',
  '/%2e%2e/a',
  '/a/.%2E/b',
  '/a%2f..%2fb',
  '/a/..%2fb',
  '/a%5c..%5cb',
  '/a/..;x=1/b',
  '/a/..%3bx/b',
  '/a\\b',
  '/..\\a',
  '/a#b',
])('%s is refused', (path) => {
  expect(isSafePath(path)).toBe(false);
});

test.each([
  '/',
  '/a.b',
  '/.well-known/x',
  '/...',
  '/a..b',
  '/..a',
  '/a..',
  '//',
  '/a%2Fb',
  '/a;b=.',
  '/@scope%2fname',
  '/caf%C3%A9',
])('%s is routed', (path) => {
  expect(isSafePath(path)).toBe(true);
});

test('a safe path is the one that a component sees which resolves dot segments and backslashes', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\/[a-z./\\;#%2eE5cCfF]{0,12}$/), (path) => {
      fc.pre(isSafePath(path) && !path.startsWith('//'));
      expect(new URL(path, 'http://host').pathname).toBe(path);
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ['/', ['']],
  ['/a//b/', ['a', '', 'b', '']],
  ['/a%2Fb/%63', ['a/b', 'c']],
  ['/%zz/%c0%ae', ['%zz', '%c0%ae']],
])('segments of %s', (path, segments) => {
  expect(pathSegments(path)).toEqual(segments);
});
