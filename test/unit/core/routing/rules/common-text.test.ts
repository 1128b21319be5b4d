// What two regexes have in common: an exact answer where it is found, and never a wrong one.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commonText } from '../../../../../src/core/routing/rules/common-text.ts';
import { compileRegex, type Regex } from '../../../../../src/core/routing/rules/regex.ts';

function regex(source: string, ignoreCase = false): Regex {
  const compiled = compileRegex(source, { ignoreCase });
  if (typeof compiled === 'string') throw new Error(compiled);
  return compiled;
}

describe('commonText', () => {
  test.each([
    ['[0-9]+', '[a-z-]+', 'none'],
    [String.raw`\d+`, 'en|de', 'none'],
    ['(?:aa)+', 'a(?:aa)*', 'none'],
    ['(?:aa)+', '(?:aaa)+', { text: 'aaaaaa' }],
    ['a*', 'b*', { text: '' }],
    ['(?i)k', '\u{212a}', { text: '\u{212a}' }],
    ['(?i)straße', '[A-Z]+ß.*', { text: 'STRAße' }],
    ['.', '\n', 'none'],
    ['(?s).', '\n', { text: '\n' }],
    ['[^a]', '[^b-z]', { text: '1' }],
    [String.raw`\p{Greek}+`, '[a-z]+', 'none'],
    ['\u{1f600}+', '.', { text: '\u{1f600}' }],
    [String.raw`a\bb`, 'ab', 'unknown'],
    [String.raw`a\bc`, 'ab', 'none'],
    ['[ab]*a[ab]{200}', '[ab]*b[ab]{200}', 'unknown'],
  ])('of %j and %j is %j', (a, b, common) => {
    expect(commonText(regex(a), regex(b))).toEqual(common);
    expect(typeof commonText(regex(b), regex(a))).toBe(typeof common);
  });

  test('is none only where no text matches both, and is matched by both', () => {
    const { tie: source } = fc.letrec<{ tie: string }>((tie) => ({
      tie: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(
          'a',
          'b',
          'K',
          '1',
          '.',
          '[ab]',
          '[^a]',
          '[0-9]',
          String.raw`\w`,
          String.raw`\b`,
          '^',
          '$',
          '(?i:k)',
        ),
        fc.tuple(tie('tie'), tie('tie')).map(([a, b]) => `${a}${b}`),
        fc.tuple(tie('tie'), tie('tie')).map(([a, b]) => `(?:${a}|${b})`),
        fc.tuple(tie('tie'), fc.constantFrom('*', '+', '?', '{2}')).map(([a, times]) => `(?:${a})${times}`),
      ),
    }));
    const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'k', 'K', '1', '-'), maxLength: 6 }), {
      minLength: 20,
      maxLength: 20,
    });
    fc.assert(
      fc.property(source, source, fc.boolean(), texts, (one, other, ignoreCase, tried) => {
        const [a, b] = [regex(one, ignoreCase), regex(other, ignoreCase)];
        const common = commonText(a, b);
        const shared = tried.filter((text) => a.testExact(text) && b.testExact(text));
        const isTrue =
          typeof common === 'string'
            ? common === 'unknown' || shared.length === 0
            : a.testExact(common.text) && b.testExact(common.text);
        expect(isTrue).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
