// Which rule goes first: a total preorder, in which texts and their lengths count nothing.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareRanked,
  criterionBetween,
  rankKey,
  type Ranked,
  reasonBetween,
} from '../../../../../src/core/routing/rules/precedence.ts';
import { parseRule, ruleProblem } from '../../../../../src/core/routing/rules/rule.ts';
import { anyRule } from './rule-sketch.ts';

function ranked(rule: string, priority?: number): Ranked {
  const [only] = parseRule(rule).rules;
  if (only === undefined) throw new TypeError(`no rule: ${rule}`);
  return { rule: only, priority };
}

const anyRanked: fc.Arbitrary<Ranked> = fc
  .tuple(anyRule, fc.constantFrom(undefined, 0, 1, -1))
  .filter(([{ text }]) => ruleProblem(text) === undefined)
  .map(([{ text }, priority]) => ranked(text, priority));

describe('the order', () => {
  test('of rules that match the same request, best first', () => {
    const rules = [
      'Host(`a.b`) && Path(`/x/y`)',
      'Host(`a.b`)',
      'Host(`{t:[ab]}.b`) && PathPrefix(`/x`)',
      'Host(`{}.b`) && Path(`/x/y`)',
      'Host(`{}.{}`) && Path(`/x/y`)',
      'Path(`/x/y`) && Method(`GET`) && !Header(`q`)',
      'Path(`/x/y`) && Method(`GET`)',
      'Path(`/x/y`)',
      'Path(`/x/{:y|z}`)',
      'Path(`/x/{a}`)',
      'Path(`/{a:x}/y`)',
      'Path(`/{a}/y`)',
      'PathPrefix(`/x/y`) && Method(`GET`)',
      'PathPrefix(`/x/y`)',
      'PathPrefix(`/x/y{}`)',
      'PathPrefix(`/x/{a}`)',
      'Path(`/x/{rest...}`)',
      'PathPrefix(`/x`)',
      'PathPrefix(`/{a}/y`)',
      'Path(`/{rest...}`)',
      'PathPrefix(`/`)',
      'Method(`GET`) && Query(`q`)',
      'Method(`GET`)',
      'All()',
    ];
    const sorted = rules
      .map((rule) => [rule, ranked(rule)] as const)
      .toReversed()
      .toSorted(([, a], [, b]) => compareRanked(a, b));
    expect(sorted.map(([rule]) => rule)).toEqual(rules);
    const places = sorted.map(([, each]) => rankKey(each));
    expect(new Set(places).size).toBe(rules.length);
  });

  test('priority counts more than all else', () => {
    expect(compareRanked(ranked('All()', 1), ranked('Host(`a`) && Path(`/x`)'))).toBeLessThan(0);
    expect(compareRanked(ranked('All()'), ranked('Host(`a`) && Path(`/x`)', -1))).toBeLessThan(0);
  });

  test.each([
    ['PathPrefix(`/looooooong`)', 'PathPrefix(`/x`)'],
    ['Path(`/{a:[0-9]+}`)', 'Path(`/{b:[a-z][a-z0-9]*}`)'],
    ['Path(`/{a}`)', 'Path(`/{much-longer}`)'],
    ['Host(`a.b`)', 'Host(`shop.example.com`)'],
    ['Header(`a`, `1`)', 'Method(`GET`)'],
    ['Header(`a`, `1`)', 'Header(`a`, `{.*}`)'],
    ['Path(`/v{a}`)', 'Path(`/{a:x}`)'],
  ])('%s and %s are at the same place', (a, b) => {
    expect(compareRanked(ranked(a), ranked(b))).toBe(0);
    expect(criterionBetween(ranked(a), ranked(b))).toBeUndefined();
  });

  test('is total and transitive, the same from both sides, and told by a key and a reason', () => {
    fc.assert(
      fc.property(anyRanked, anyRanked, anyRanked, (a, b, c) => {
        const [ab, bc, ac] = [compareRanked(a, b), compareRanked(b, c), compareRanked(a, c)];
        expect(Math.sign(compareRanked(b, a))).toBe(-Math.sign(ab) + 0);
        expect(compareRanked(a, a)).toBe(0);
        const isOrdered = ab <= 0 && bc <= 0;
        expect(isOrdered && ac > 0).toBe(false);
        const isStrict = isOrdered && (ab < 0 || bc < 0);
        expect(isStrict && ac === 0).toBe(false);
        expect(rankKey(a) === rankKey(b)).toBe(ab === 0);
        expect(reasonBetween(a, b) === undefined).toBe(ab >= 0);
      }),
      { numRuns: 1_000 },
    );
  });
});

test.each([
  ['Host(`a`)', 'All()', 'a rule with Host goes before one without'],
  ['Host(`a`)', 'Host(`{}`)', 'a Host without captures goes before one with'],
  ['Host(`{x:a}.b`)', 'Host(`{}.b`)', 'the labels of its Host are more specific, from the right'],
  ['Path(`/a`)', 'Method(`GET`)', 'a rule with a path goes before one without'],
  ['Path(`/{x}`)', 'PathPrefix(`/a`)', 'Path goes before PathPrefix'],
  ['PathPrefix(`/a/b`)', 'PathPrefix(`/a`)', 'more segments go before fewer: 2 before 1'],
  ['Path(`/a/b`)', 'Path(`/a/{:b}`)', 'in segment 2, text goes before a regex'],
  [
    'PathPrefix(`/a/{x}`)',
    'Path(`/a/{x...}`)',
    'in segment 2, a capture of anything goes before the rest of the path',
  ],
  ['Path(`/a`) && Method(`GET`)', 'Path(`/a`)', 'more further conditions go before fewer: 1 before 0'],
])('%s goes before %s because %s', (a, b, reason) => {
  expect(reasonBetween(ranked(a), ranked(b))).toBe(reason);
});
