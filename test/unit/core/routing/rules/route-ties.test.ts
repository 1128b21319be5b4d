// Ties: found wherever two routes can match the same request and nothing decides, and shown by a request that both match.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { areDisjoint } from '../../../../../src/core/routing/rules/disjoint.ts';
import { exampleRequest } from '../../../../../src/core/routing/rules/example-request.ts';
import { conditionHolds } from '../../../../../src/core/routing/rules/predicate.ts';
import { routedRequest } from '../../../../../src/core/routing/rules/routed-request.ts';
import { findTies } from '../../../../../src/core/routing/rules/route-ties.ts';
import { conditionsOf } from '../../../../../src/core/routing/rules/rule-branches.ts';
import { parseRule, type Rule, ruleProblem } from '../../../../../src/core/routing/rules/rule.ts';
import { RouteMatcher } from '../../../../../src/core/routing/rules/route-matcher.ts';
import { anyRequest, anyRule, partsOf } from './rule-sketch.ts';

function exampleOf(a: string, b: string): string | undefined {
  const [tie, another] = findTies([{ rule: a }, { rule: b }]);
  expect(another).toBeUndefined();
  return tie?.example;
}

describe('routes tie', () => {
  test.each([
    ['PathPrefix(`/a`)', 'PathPrefix("/a/")', 'GET /a'],
    ['PathPrefix(`/a`)', 'PathPrefix(`/%61`)', 'GET /a'],
    ['Path(`/{id}`)', 'Path(`/{name}`)', 'GET /x'],
    ['Path(`/{id:[0-9]+}`)', 'Path(`/{code:[0-9]{3}}`)', 'GET /000'],
    ['Path(`/{id:[0-9]+}`)', 'Path(`/{:1[a-z]?}`)', 'GET /1'],
    ['Path(`/v{n}`)', 'Path(`/{x:v1|v2}`)', 'GET /v1'],
    ['Path(`/{f}.json`)', 'Path(`/v{f}`)', 'GET /v.json'],
    ['Path(`/{a:(?:[a-z]{2})+q}`)', 'Path(`/{b:(?:[p-q]{3})+}`)', 'GET /ppq'],
    ['Host(`{a:.*K}.x`)', 'Host(`{b:7.*}.x`)', 'GET 7k.x/'],
    ['Path(`/a/{rest...}`)', 'PathPrefix(`/a/{all...}`)', 'GET /a/x'],
    ['Path(`/a`) && Method(`GET`, `POST`)', 'Path(`/a`) && Method(`POST`, `PUT`)', 'POST /a'],
    ['Path(`/a`) && Method(`PURGE`)', 'Path(`/a`) && Header(`x-a`)', 'PURGE /a with header x-a: "x"'],
    [
      'Path(`/a`) && Header(`x-a`, `1`)',
      'Path(`/a`) && Header(`X-A`, `2`)',
      'GET /a with header x-a: "1" and header x-a: "2"',
    ],
    ['Query(`q`, `{[a-c]x}`)', 'Query(`q`)', 'GET /?q=ax'],
    ['Query(`q`, `a b`)', 'Header(`h`, `{.+}`)', 'GET /?q=a%20b with header h: "x"'],
    ['Host(`{}.example.com`)', 'Host(`{t}.example.com`)', 'GET x.example.com/'],
    ['Host(`{t:[a-z]+}.example.com`)', 'Host(`{:shop|pay}.example.com`)', 'GET shop.example.com/'],
    ['Type(`http`)', 'Type(`io.kubefox.http`)', 'GET /'],
    ['Type(`a.cron`)', 'Type(`b.cron`)', 'GET / of type cron'],
    ['Path(`/a`) || Path(`/b`)', 'Path(`/b`)', 'GET /b'],
    ['Path(`/a`) && !Method(`GET`)', 'Path(`/a`) && !Method(`POST`)', 'PUT /a'],
    ['Path(`/a`) && !Query(`q`)', 'Path(`/a`) && !Header(`h`)', 'GET /a'],
    ['All()', 'All()', 'GET /'],
  ])('%s and %s, as %s shows', (a, b, example) => {
    expect(exampleOf(a, b)).toBe(example);
  });

  test.each([
    ['Path(`/a`)', 'Path(`/a/`)'],
    ['Path(`/a`)', 'PathPrefix(`/a`)'],
    ['Path(`/a`)', 'Path(`/b`)'],
    ['Path(`/a/{x}`)', 'Path(`/b/{x}`)'],
    ['PathPrefix(`/{x}/a`)', 'PathPrefix(`/{x}/b`)'],
    ['Path(`/{x}`) && PathPrefix(`/a`)', 'Path(`/{x}`) && PathPrefix(`/b`)'],
    ['Path(`/a`) && Path(`/{:[0-9]+}`)', 'Path(`/a`) && Path(`/{:[a-z]+}`)'],
    ['Path(`/a`) && Method(`GET`)', 'Path(`/a`) && Method(`POST`)'],
    ['Path(`/a`) && Method(`GET`)', 'Path(`/a`) && !Method(`GET`, `HEAD`)'],
    ['Path(`/a`) && Header(`h`, `1`)', 'Path(`/a`) && !Header(`h`)'],
    ['Path(`/a`) && Header(`h`, `12`)', 'Path(`/a`) && !Header(`h`, `{[0-9]+}`)'],
    ['Path(`/{x}`) && Query(`q`)', 'Path(`/{x}`) && !Query(`q`)'],
    ['Path(`/{x}`) && PathPrefix(`/a`)', 'Path(`/{x}`) && !PathPrefix(`/a`)'],
    ['Path(`/orders/{id:[0-9]+}`)', 'Path(`/orders/{slug:[a-z-]+}`)'],
    [String.raw`Path("/{id:\d+}")`, 'Path(`/{lang:en|de}`)'],
    ['Path(`/{f}.json`)', 'Path(`/{f}.xml`)'],
    ['Path(`/{a:(?:xx)+}`)', 'Path(`/{b:x(?:xx)*}`)'],
    ['Path(`/{a:(?i)k[0-9]}`)', 'Path(`/{b:[a-z]+}`)'],
    ['Host(`{f}-a.example.com`)', 'Host(`{f}-b.example.com`)'],
    ['Host(`a.example.com`)', 'Host(`b.example.com`)'],
    ['Host(`{}.a.com`)', 'Host(`{}.b.com`)'],
    ['Type(`http`)', 'Type(`cron`)'],
  ])('%s and %s don’t', (a, b) => {
    expect(findTies([{ rule: a }, { rule: b }])).toEqual([]);
  });

  test('not where a priority decides', () => {
    const routes = [{ rule: 'Path(`/a`)', priority: 1 }, { rule: 'Path(`/a`)' }];
    expect(findTies(routes)).toEqual([]);
    expect(findTies([...routes, { rule: 'Path(`/a`)', priority: 0 }])).toHaveLength(1);
  });

  test('each is named with the first that it ties with', () => {
    const routes = ['PathPrefix(`/a`)', 'Path(`/a`)', 'PathPrefix("/a/")', 'PathPrefix(`/%61`)'].map(
      (rule) => ({
        rule,
      }),
    );
    const [first, , third, fourth] = routes;
    expect(findTies(routes).map(({ routes: tied }) => tied)).toEqual([
      [first, third],
      [first, fourth],
    ]);
  });
});

const anyRules: fc.Arbitrary<readonly Rule[]> = anyRule
  .filter(({ text }) => ruleProblem(text) === undefined)
  .map(({ text }) => parseRule(text).rules);

const holds = (rule: Rule, request: Parameters<typeof conditionHolds>[1]) =>
  conditionsOf(rule).every((each) => conditionHolds(each, request));

test('rules that a request matches both are never taken for disjoint', () => {
  fc.assert(
    fc.property(anyRules, anyRules, anyRequest, (some, others, sketch) => {
      const request = routedRequest(partsOf(sketch));
      const [a, b] = [some.find((each) => holds(each, request)), others.find((each) => holds(each, request))];
      fc.pre(a !== undefined && b !== undefined);
      expect(a !== undefined && b !== undefined && areDisjoint(a, b)).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('an example is none that a router would refuse', () => {
  expect(findTies([{ rule: 'Path(`/{:[.]}`)' }, { rule: 'Path(`/{:[.][.]?}`)' }])).toEqual([
    { routes: [{ rule: 'Path(`/{:[.]}`)' }, { rule: 'Path(`/{:[.][.]?}`)' }] },
  ]);
});

test('an example is matched by both', () => {
  fc.assert(
    fc.property(anyRules, anyRules, ([a], [b]) => {
      if (a === undefined || b === undefined) return;
      const example = exampleRequest([a, b]);
      fc.pre(example !== undefined);
      const request = routedRequest(example ?? { method: '', target: '' });
      expect([a, b].map((rule) => holds(rule, request))).toEqual([true, true]);
    }),
    { numRuns: 500 },
  );
});

test('routes without ties never leave a request undecided', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        anyRule.filter(({ text }) => ruleProblem(text) === undefined),
        { minLength: 2, maxLength: 5, selector: ({ text }) => text },
      ),
      anyRequest,
      (sketches, sketch) => {
        const routes = sketches.map(({ text }) => ({ rule: text }));
        fc.pre(findTies(routes).length === 0);
        const matcher = new RouteMatcher(
          routes.flatMap((target) => parseRule(target.rule).rules.map((rule) => ({ rule, target }))),
        );
        expect(matcher.match(routedRequest(partsOf(sketch)))?.targets.length ?? 0).toBeLessThan(2);
      },
    ),
    { numRuns: 500 },
  );
});
