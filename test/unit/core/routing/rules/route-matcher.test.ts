// The compiled routes find what trying every rule in order would find, and explain it.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conditionHolds } from '../../../../../src/core/routing/rules/predicate.ts';
import { compareRanked } from '../../../../../src/core/routing/rules/precedence.ts';
import { routedRequest } from '../../../../../src/core/routing/rules/routed-request.ts';
import { type Route, RouteMatcher } from '../../../../../src/core/routing/rules/route-matcher.ts';
import { conditionsOf } from '../../../../../src/core/routing/rules/rule-branches.ts';
import { parseRule, ruleProblem } from '../../../../../src/core/routing/rules/rule.ts';
import { anyRequest, anyRule, partsOf, type RuleSketch } from './rule-sketch.ts';

function routesOf(rules: readonly (string | readonly [rule: string, priority: number])[]): Route<string>[] {
  return rules.flatMap((each) => {
    const [rule, priority] = typeof each === 'string' ? [each] : each;
    return parseRule(rule).rules.map((branch) => ({ rule: branch, target: rule, priority }));
  });
}

const anyRoutes: fc.Arbitrary<readonly (RuleSketch & { priority?: number | undefined })[]> = fc.uniqueArray(
  fc
    .tuple(anyRule, fc.option(fc.constantFrom(1, 2), { nil: undefined, freq: 5 }))
    .filter(([{ text }]) => ruleProblem(text) === undefined)
    .map(([rule, priority]) => ({ ...rule, priority })),
  { maxLength: 12, selector: ({ text }) => text },
);

describe('match', () => {
  test('a rule means what it says', () => {
    fc.assert(
      fc.property(anyRule, anyRequest, ({ text, holds }, request) => {
        // One that excludes itself is refused.
        const routes = ruleProblem(text) === undefined ? routesOf([text]) : [];
        const match = new RouteMatcher(routes).match(routedRequest(partsOf(request)));
        expect(match !== undefined).toBe(holds(request));
      }),
      { numRuns: 1_000 },
    );
  });

  test('the best rule, and all that tie with it', () => {
    fc.assert(
      fc.property(anyRoutes, anyRequest, (sketches, sketch) => {
        const routes = routesOf(sketches.map(({ text, priority }) => [text, priority ?? 0] as const));
        const request = routedRequest(partsOf(sketch));
        const candidates = routes
          .filter(({ rule }) => conditionsOf(rule).every((each) => conditionHolds(each, request)))
          .toSorted(compareRanked);
        const [first] = candidates;
        const best = new Set(
          candidates.flatMap((each) =>
            first !== undefined && compareRanked(each, first) === 0 ? [each.target] : [],
          ),
        );
        const found = new RouteMatcher(routes).match(request)?.targets ?? [];
        expect([...found].toSorted()).toEqual([...best].toSorted());
      }),
      { numRuns: 1_000 },
    );
  });
});

/** What a rule captures of a request. */
function captures(rule: string, target: string, host?: string) {
  const request = routedRequest({ method: 'GET', target, ...(host === undefined ? {} : { host }) });
  return new RouteMatcher(routesOf([rule])).match(request)?.captures;
}

describe('captures', () => {
  test.each([
    ['Path(`/orders/{id}`)', '/orders/42', { id: '42' }],
    ['Path(`/orders/{id}`)', '/orders/a%2Fb%20c', { id: 'a/b c' }],
    ['Path(`/v{n:[0-9]+}-{kind}`)', '/v12-beta', { n: '12', kind: 'beta' }],
    ['PathPrefix(`/{a:(x)(y)?}{b:[0-9]+}`)', '/xy7/z', { a: 'xy', b: '7' }],
    ['Path(`/static/{rest...}`)', '/static/css/a%20b.css', { rest: 'css/a b.css' }],
    ['PathPrefix(`/static/{rest...}`)', '/static/', { rest: '' }],
    ['PathPrefix(`/{a}`) && Path(`/{}/{b}`)', '/1/2', { a: '1', b: '2' }],
    ['Path(`/{t:[0-9]+:[0-9]+}`)', '/12:30', { t: '12:30' }],
    ['Path(`/{:[0-9]+}/{}`)', '/1/2', {}],
    ['PathPrefix(`/{__proto__}`)', '/x', JSON.parse('{"__proto__":"x"}')],
  ])('%s of %s', (rule, target, expected) => {
    expect(captures(rule, target)).toEqual(expected);
  });

  test('of hosts, in lower case', () => {
    expect(
      captures('Host(`{tenant:[A-Z]+}.example.com`) && PathPrefix(`/{page}`)', '/x', 'acme.example.com'),
    ).toEqual({
      tenant: 'acme',
      page: 'x',
    });
  });
});

describe('explain', () => {
  const rules = [
    'PathPrefix(`/`)',
    'Path(`/orders/{id}`)',
    'Path(`/orders/{id:[0-9]+}`)',
    'PathPrefix(`/orders`) && Method(`GET`)',
    'Path(`/orders/42`) && Method(`POST`)',
    'Path(`/x`) || Path(`/y`)',
    'Path(`/orders/42`) && Header(`x-user`, `a`)',
  ];
  const request = routedRequest({ method: 'GET', target: '/orders/42', headers: ['X-User', 'b'] });

  test('each route once in the order of precedence, with the reason', () => {
    expect(new RouteMatcher(routesOf(rules)).explain(request)).toEqual([
      { target: rules[4], matches: false, why: "Method(`POST`) doesn't hold: the method is GET" },
      {
        target: rules[6],
        matches: false,
        why: 'Header(`x-user`, `a`) doesn\'t hold: the header x-user is "b"',
      },
      { target: rules[2], matches: true },
      {
        target: rules[1],
        matches: true,
        why: 'in segment 2, a regex goes before a capture of anything',
      },
      {
        target: rules[5],
        matches: false,
        why: "Path(`/x`) doesn't hold: the path is /orders/42; Path(`/y`) doesn't hold: the path is /orders/42",
      },
      { target: rules[3], matches: true, why: 'Path goes before PathPrefix' },
      { target: rules[0], matches: true, why: 'Path goes before PathPrefix' },
    ]);
  });

  test('priority decides before all else', () => {
    const routes = routesOf([['PathPrefix(`/`)', 1], 'Path(`/orders/42`)']);
    expect(new RouteMatcher(routes).explain(request).map(({ why }) => why)).toEqual([
      undefined,
      'priority 1 goes before 0',
    ]);
  });

  test('the first that matches is the one that is found', () => {
    fc.assert(
      fc.property(anyRoutes, anyRequest, (sketches, sketch) => {
        const routes = routesOf(sketches.map(({ text, priority }) => [text, priority ?? 0] as const));
        const asked = routedRequest(partsOf(sketch));
        const matcher = new RouteMatcher(routes);
        const explained = matcher.explain(asked);
        const best = explained.filter(({ matches, why }) => matches && why === undefined);
        expect(best.map(({ target }) => target).toSorted()).toEqual(
          [...(matcher.match(asked)?.targets ?? [])].toSorted(),
        );
        expect(explained.filter(({ matches }) => matches).slice(0, best.length)).toEqual(best);
        expect(explained.map(({ matches }) => matches)).toEqual(
          explained.map(({ target }) => sketches.find(({ text }) => text === target)?.holds(sketch)),
        );
      }),
      { numRuns: 500 },
    );
  });
});
