// The compiled routes find what trying every rule in order would find.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { pathSegments } from '../../../../../src/core/routing/rules/request-path.ts';
import { RouteMatcher } from '../../../../../src/core/routing/rules/route-matcher.ts';
import { compareRules, type Rule, rulesIn } from '../../../../../src/core/routing/rules/rule.ts';

/** Whether a rule matches, as its description says. */
function matches({ predicate, segments }: Rule, path: readonly string[]): boolean {
  if (predicate === 'Path' && segments.length !== path.length) return false;
  return segments.length <= path.length && segments.every((segment, index) => segment === path[index]);
}

test('the best rule, and all that tie with it', () => {
  const anyPath = fc
    .array(fc.constantFrom('a', 'b', 'ab', '', 'A'), { maxLength: 4 })
    .map((segments) => `/${segments.join('/')}`);
  const anyRule = fc
    .tuple(fc.constantFrom('Path', 'PathPrefix'), anyPath)
    .filter(([, path]) => !path.includes('//'))
    .map(([predicate, path]) => rulesIn({ rule: `${predicate}(\`${path}\`)` }, { vars: {} }))
    .filter((rules): rules is [Rule] => rules.length === 1)
    .map(([rule]) => rule);
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 12 }), anyPath, (rules, path) => {
      const segments = pathSegments(path);
      const matcher = new RouteMatcher(rules.map((rule, target) => ({ rule, target })));
      const candidates = [...rules.entries()]
        .filter(([, rule]) => matches(rule, segments))
        .toSorted(([, a], [, b]) => compareRules(a, b));
      const best = candidates.filter(
        ([, rule]) => candidates[0] !== undefined && compareRules(rule, candidates[0][1]) === 0,
      );
      expect(matcher.match({ segments })?.targets ?? []).toEqual(best.map(([index]) => index));
    }),
    { numRuns: 500 },
  );
});
