// What browsers want with a request, by what Chromium 150 and others send.
import { describe, expect, test } from 'vitest';
import { fetchIntent } from '../../../../../src/core/routing/browser/fetch-intent.ts';

const host = 'shop.example.com:8080';
const page = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

function intent(headers: Readonly<Record<string, string>>, method = 'GET') {
  return fetchIntent({ method, headers: Object.entries(headers).flat(), host });
}

const told = (mode: string, site: string, dest: string) => ({
  'Sec-Fetch-Mode': mode,
  'Sec-Fetch-Site': site,
  'Sec-Fetch-Dest': dest,
});

describe('with fetch metadata', () => {
  test.each([
    ['typed', told('navigate', 'none', 'document'), 'navigation', true, false],
    ['a link of another site', told('navigate', 'cross-site', 'document'), 'navigation', true, false],
    ['a link of a sibling', told('navigate', 'same-site', 'document'), 'navigation', true, false],
    ['a link of ours', told('navigate', 'same-origin', 'document'), 'navigation', false, false],
    ['a frame of ours', told('navigate', 'same-origin', 'iframe'), 'navigation', false, false],
    ['a script', told('no-cors', 'same-origin', 'script'), 'part', false, true],
    ['a module', told('cors', 'same-origin', 'script'), 'part', false, true],
    ['a style', told('no-cors', 'same-origin', 'style'), 'part', false, true],
    ['an image', told('no-cors', 'same-origin', 'image'), 'part', false, true],
    ['a font', told('cors', 'same-origin', 'font'), 'part', false, true],
    ['a call', told('cors', 'same-origin', 'empty'), 'part', false, false],
    [
      'a call that wants HTML',
      { ...told('cors', 'same-origin', 'empty'), Accept: page },
      'part',
      false,
      false,
    ],
    ['a WebSocket', told('websocket', 'same-origin', 'empty'), 'part', false, false],
  ] as const)('%s', (_, headers, kind, isFromElsewhere, isAsset) => {
    expect(intent(headers)).toEqual({ kind, isFromElsewhere, isAsset, isTold: true });
  });

  test('what changes something is no asset, whatever it says', () => {
    expect(intent(told('no-cors', 'same-origin', 'script'), 'POST').isAsset).toBe(false);
  });
});

describe('without', () => {
  test.each([
    ['typed', { Accept: page }, 'navigation', true],
    ['a link of ours', { Accept: page, Referer: `http://${host}/next?a=1` }, 'navigation', false],
    [
      'a link of ours, in capitals',
      { Accept: page, Referer: 'HTTP://SHOP.example.com:8080' },
      'navigation',
      false,
    ],
    ['a link of another port', { Accept: page, Referer: 'http://shop.example.com/' }, 'navigation', true],
    [
      'a link of another site',
      { Accept: page, Referer: 'https://example.org/?shop.example.com:8080' },
      'navigation',
      true,
    ],
    ['a program', {}, 'unclear', false],
    ['curl, or a script', { Accept: '*/*' }, 'unclear', false],
    ['a style', { Accept: 'text/css,*/*;q=0.1' }, 'part', false],
    ['an image', { Accept: 'image/avif,image/webp,*/*;q=0.8' }, 'part', false],
    ['a call', { Accept: 'application/json' }, 'part', false],
  ] as const)('%s', (_, headers, kind, isFromElsewhere) => {
    expect(intent(headers)).toEqual({ kind, isFromElsewhere, isAsset: false, isTold: false });
  });

  test('what changes something and says nothing goes nowhere; a form does', () => {
    expect(intent({ Accept: '*/*' }, 'POST').kind).toBe('part');
    expect(intent({ Accept: page }, 'POST').kind).toBe('navigation');
  });
});
