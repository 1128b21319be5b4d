// Redirects and cookies of components: what stays in context, and what is none of fox's business.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cookieInContext,
  locationInContext,
  refreshInContext,
  type RequestAddress,
} from '../../../../../src/core/routing/browser/redirects.ts';

const hosts = ['shop.test:8080', 'internal'];
const selecting: RequestAddress = { hosts, target: '/a/b?q=1', selectors: 'kf-dep=v2&kf-ve=team' };
const below: RequestAddress = { hosts, target: '/a/b?q=1', selectors: '', prefix: '/team-a' };
const both: RequestAddress = { ...below, selectors: 'kf-dep=v2' };
const outer: RequestAddress = { ...below, wholePrefix: '/outer/team-a' };

describe('selectors of the request go on', () => {
  test.each([
    ['/next', '/next?kf-dep=v2&kf-ve=team'],
    ['/next?a=1#top', '/next?a=1&kf-dep=v2&kf-ve=team#top'],
    ['/next?', '/next?kf-dep=v2&kf-ve=team'],
    ['next', 'next?kf-dep=v2&kf-ve=team'],
    ['../next', '../next?kf-dep=v2&kf-ve=team'],
    ['?a=1', '?a=1&kf-dep=v2&kf-ve=team'],
    ['#top', '#top'],
    ['', ''],
    ['http://shop.test:8080/next', 'http://shop.test:8080/next?kf-dep=v2&kf-ve=team'],
    ['HTTPS://SHOP.test:8080', 'HTTPS://SHOP.test:8080?kf-dep=v2&kf-ve=team'],
    ['//internal:80/next', '//internal:80/next?kf-dep=v2&kf-ve=team'],
    // It selects something itself.
    ['/next?kf-dep=v3', '/next?kf-dep=v3'],
    ['/next?kubefox-app-deployment=v3', '/next?kubefox-app-deployment=v3'],
    ['http://shop.test/next', 'http://shop.test/next'],
    ['https://example.org/next', 'https://example.org/next'],
    ['//example.org', '//example.org'],
    ['http://shop.test:8080@example.org/', 'http://shop.test:8080@example.org/'],
    ['//shop.test:8080\\@example.org/', '//shop.test:8080\\@example.org/'],
    ['mailto:a@shop.test', 'mailto:a@shop.test'],
  ])('%s', (location, expected) => {
    expect(locationInContext(location, selecting)).toBe(expected);
  });
});

describe('below a sub-path', () => {
  test.each([
    ['/x', '/team-a/x'],
    ['/', '/team-a/'],
    ['/team-a/x', '/team-a/x'],
    ['/team-a', '/team-a'],
    ['/team-a?x', '/team-a?x'],
    ['/team-ab', '/team-a/team-ab'],
    ['http://shop.test:8080/x', 'http://shop.test:8080/team-a/x'],
    ['http://shop.test:8080', 'http://shop.test:8080/team-a'],
    ['//shop.test:8080/x', '//shop.test:8080/team-a/x'],
    ['x', 'x'],
    ['?a', '?a'],
    // The component takes itself to be at the top.
    ['../../../x?y#z', '/team-a/x?y#z'],
    ['../x', '/team-a/x'],
    ['..//example.org/x', '/team-a//example.org/x'],
    ['/\\example.org', '/\\example.org'],
    ['/\t/example.org', '/\t/example.org'],
    ['https://example.org/x', 'https://example.org/x'],
  ])('%s', (location, expected) => {
    expect(locationInContext(location, below)).toBe(expected);
  });

  test('and with selectors', () => {
    expect(locationInContext('/x?y', both)).toBe('/team-a/x?y&kf-dep=v2');
    expect(locationInContext('../x?y', both)).toBe('/team-a/x?y&kf-dep=v2');
  });

  test('a component that heeds what proxies have removed gets nothing twice', () => {
    expect(locationInContext('/outer/team-a/x', outer)).toBe('/outer/team-a/x');
    expect(locationInContext('/x', outer)).toBe('/team-a/x');
  });

  test.each([
    ['5', '5'],
    ['5; url=/x', '5; url=/team-a/x'],
    ['0;URL="/x"', '0;URL="/team-a/x"'],
    ["0, url='https://example.org/'", "0, url='https://example.org/'"],
  ])('Refresh: %s', (value, expected) => {
    expect(refreshInContext(value, below)).toBe(expected);
  });

  test.each([
    ['a=1; Path=/', 'a=1; Path=/team-a'],
    ['a=1; path=/x; HttpOnly', 'a=1; path=/team-a/x; HttpOnly'],
    ['a=1; Path=/team-a/x', 'a=1; Path=/team-a/x'],
    ['a=1; Path=/team-a', 'a=1; Path=/team-a'],
    ['a=/x', 'a=/x'],
    ['a=1; Path=x', 'a=1; Path=x'],
    ['a=1; Domain=example.com; Path=/', 'a=1; Domain=example.com; Path=/team-a'],
    ['__Host-a=1; Secure; Path=/', '__Host-a=1; Secure; Path=/'],
    ['kf-ve=a; Path=/', 'kf-ve=a; Path=/'],
  ])('Set-Cookie: %s', (cookie, expected) => {
    expect(cookieInContext(cookie, below)).toBe(expected);
  });
});

test('what is in context already stays as it is', () => {
  const anyReference = fc
    .tuple(
      fc.constantFrom('', 'http://shop.test:8080', '//internal'),
      fc.array(fc.constantFrom('a', 'team-a', 'b%20c', '..'), { maxLength: 4 }),
      fc.constantFrom('', '?', '?a=1&b', '?a#b', '#c'),
    )
    .map(([origin, segments, rest]) => `${origin}/${segments.join('/')}${rest}`);
  fc.assert(
    fc.property(anyReference, fc.constantFrom(selecting, below, both, outer), (location, address) => {
      const once = locationInContext(location, address);
      expect(locationInContext(once, address)).toBe(once);
    }),
  );
});
