// Regexes of rules: none can hang whoever compiles or matches it.
import { describe, expect, test } from 'vitest';
import { routedRequest } from '../../../../../src/core/routing/rules/routed-request.ts';
import { compileRegex, quoteRegex } from '../../../../../src/core/routing/rules/regex.ts';
import { RouteMatcher } from '../../../../../src/core/routing/rules/route-matcher.ts';
import { parseRule } from '../../../../../src/core/routing/rules/rule.ts';

test.each(['(a+)+$', '(a|aa)+', '(.*a){20}', '(x+x+)+y', '([a-z]+)*[0-9]'])(
  '%s is matched with a long text in no time',
  (regex) => {
    const matcher = new RouteMatcher([
      ...parseRule(`Path(\`/{:${regex}}\`)`).rules.map((rule) => ({ rule, target: 'path' })),
      ...parseRule(`Header(\`h\`, \`{${regex}}\`)`).rules.map((rule) => ({ rule, target: 'header' })),
    ]);
    const text = `${'a'.repeat(8_000)}${'x'.repeat(4_000)}!`;
    // An engine that backtracks would not come back from this before the test is given up.
    expect(
      matcher.match(routedRequest({ method: 'GET', target: `/${text}`, headers: ['h', text] })),
    ).toBeUndefined();
  },
);

describe('is refused, with the reason', () => {
  test.each([
    ['(a{1,1000}){1,1000}', /too large/],
    ['((a{1,100}){1,100}){1,100}', /invalid repeat count|too large/],
    ['a{1001}', /invalid repeat count/],
    ['[a-z]{999}[0-9]{999}[a-z]{999}', /too large/],
    ['a(?=b)', /lookahead and lookbehind are not supported, because matching with them can take forever/],
    ['a(?!b)', /lookahead/],
    ['(?<=a)b', /lookbehind/],
    [String.raw`(a)\1`, /backreferences are not supported/],
    [String.raw`(?<n>a)\k<n>`, /backreferences/],
    ['[z-a]', /bad regex \[z-a\]: invalid character class range/],
    ['a**', /bad regex/],
    ['(a', /missing closing \)/],
  ])('%s', (regex, problem) => {
    expect(compileRegex(regex)).toMatch(problem);
  });
});

test('a quoted text matches just itself', () => {
  const text = String.fromCodePoint(...Array.from({ length: 95 }, (_, index) => index + 32), 0xe9, 0x1f44b);
  const regex = compileRegex(quoteRegex(text));
  expect(typeof regex === 'object' && regex.testExact(text)).toBe(true);
  const member = compileRegex(`[${quoteRegex('a-c')}]`);
  expect(typeof member === 'object' && ['a', '-', 'c', 'b'].map((each) => member.testExact(each))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
