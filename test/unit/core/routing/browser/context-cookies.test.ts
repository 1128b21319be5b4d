// Cookies of fox: taken out of a request without touching others, and how they are set.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cookieName,
  setCookie,
  takeCookies,
} from '../../../../../src/core/routing/browser/context-cookies.ts';

describe('takeCookies', () => {
  test.each([
    ['a=1', [], 'a=1'],
    ['a=1; kf-ve=team', [['kf-ve', 'team']], 'a=1'],
    ['kf-ve=team; a=1', [['kf-ve', 'team']], 'a=1'],
    ['a=1; kf-dep.dev=v1;b="x y" ;c', [['kf-dep.dev', 'v1']], 'a=1;b="x y" ;c'],
    ['kf-ve=team', [['kf-ve', 'team']], undefined],
    ['kf-ve=team;', [['kf-ve', 'team']], undefined],
    ['kf-ve', [['kf-ve', '']], undefined],
    ['kf-dep.dev=feature%2Fx', [['kf-dep.dev', 'feature/x']], undefined],
    ['kf-dep.dev=%', [['kf-dep.dev', '%']], undefined],
    ['kf-ve=a; kf-ve=b', [['kf-ve', 'a']], undefined],
    ['kf-other=1; x=kf-ve=team', [['kf-other', '1']], 'x=kf-ve=team'],
    ['Kf-ve=team; xkf-ve=1', [], 'Kf-ve=team; xkf-ve=1'],
    [`kf-ve=${'x'.repeat(300)}`, [['kf-ve', '']], undefined],
  ] as const)('%s', (value, cookies, rest) => {
    const taken = takeCookies(['Host', 'a', 'Cookie', value, 'X', 'kf-ve=1']);
    expect([...taken.cookies]).toEqual(cookies);
    expect(taken.headers).toEqual([
      'Host',
      'a',
      ...(rest === undefined ? [] : ['Cookie', rest]),
      'X',
      'kf-ve=1',
    ]);
  });

  test('of several headers, the first of a name counts', () => {
    const { cookies, headers } = takeCookies(['cookie', 'kf-ve=a', 'cookie', 'x=1; kf-ve=b']);
    expect(cookies.get(cookieName.environment)).toBe('a');
    expect(headers).toEqual(['cookie', 'x=1']);
  });

  test('whatever stands around them, all other cookies keep their bytes and their order', () => {
    const anyOther = fc
      .tuple(fc.stringMatching(/^[A-Za-z_]{1,4}$/), fc.stringMatching(/^[!-:<-~ ]{0,6}$/))
      .map(([name, value]) => `${name}=${value}`);
    const anyOwn = fc
      .tuple(
        fc.constantFrom('kf-ve', 'kf-dep.dev', 'kf-sig.dev', 'kf-page.dev', 'kf-x'),
        fc.stringMatching(/^[a-z0-9%.-]{0,5}$/),
      )
      .map(([name, value]) => `${name}=${value}`);
    const anyHeader = fc.array(fc.oneof(anyOther, anyOwn), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(anyHeader, fc.constantFrom('; ', ';', ';  '), (all, separator) => {
        const others = all.filter((each) => !each.startsWith('kf-'));
        const { headers } = takeCookies(['Cookie', all.join(separator)]);
        const rest = others.join(separator);
        const isTaken = others.length < all.length;
        expect(headers).toEqual(isTaken && rest.trim() === '' ? [] : ['Cookie', rest]);
      }),
    );
  });
});

describe('setCookie', () => {
  test('ends with the session, and is no business of scripts or other sites', () => {
    expect(setCookie('kf-dep.dev', 'feature/x', { path: '/', isSecure: false })).toBe(
      'kf-dep.dev=feature%2Fx; Path=/; HttpOnly; SameSite=Lax',
    );
  });

  test('goes by https only where the request has come by it; without a value it ends at once', () => {
    expect(setCookie('kf-ve', undefined, { path: '/team-a', isSecure: true })).toBe(
      'kf-ve=; Path=/team-a; Max-Age=0; HttpOnly; SameSite=Lax; Secure',
    );
  });

  test('what is set is what is taken', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }), (value) => {
        const [pair = ''] = setCookie('kf-dep.dev', value, { path: '/', isSecure: false }).split(';');
        const { cookies } = takeCookies(['Cookie', pair]);
        expect(cookies.get('kf-dep.dev')).toBe(value);
      }),
    );
  });
});
