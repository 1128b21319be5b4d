// Templates in rules: how they are written, and what a rule means with the values of an environment.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Route, VariableValue } from '../../../../src/core/version/app.ts';
import { RouteMatcher } from '../../../../src/core/routing/rules/route-matcher.ts';
import { findTies } from '../../../../src/core/routing/rules/route-ties.ts';
import { routedRequest } from '../../../../src/core/routing/rules/routed-request.ts';
import { routeProblems, ruleProblem, rulesIn, ruleText } from '../../../../src/core/routing/rules/rule.ts';
import { parseTemplate, variablesOf } from '../../../../src/core/environments/template.ts';

function pathsOf(route: Route | string, vars: Readonly<Record<string, VariableValue>> = {}): string[] {
  const rules = rulesIn(typeof route === 'string' ? { rule: route } : route, { vars });
  return rules.map((rule) => ruleText(rule).replace(/^(\w+)\(`(.*)`\)$/, '$1 $2'));
}

function problemsOf(route: Route | string, vars: Readonly<Record<string, VariableValue>> = {}): string[] {
  const routes = [typeof route === 'string' ? { rule: route } : route];
  return routeProblems({ routes }, { vars }).map(({ path, message }) => `${path} ${message}`);
}

describe('parseTemplate', () => {
  test('text and variables in their order, each name once', () => {
    const template = parseTemplate('/{{.Vars.a}}-{{ .Vars.B_2 }}/x{{.Vars.a}}');
    expect(template).toEqual(['/', { variable: 'a' }, '-', { variable: 'B_2' }, '/x', { variable: 'a' }]);
    expect(variablesOf(typeof template === 'string' ? [] : template)).toEqual(['a', 'B_2']);
  });

  test.each([
    ['/{{.Secrets.x}}', /\{\{\.Secrets\.x\}\}; known is \{\{\.Vars\.<name>\}\}/],
    ['/{{x}}', /known is/],
    ['/{{}}', /known is/],
    ['/{{.Vars.a-b}}', /"a-b" is not a name/],
    ['/{{.Vars.toString}}', /not a name/],
    ['/{{.Vars.a}', /template \{\{\.Vars\.a without its "\}\}"/],
    ['/a/{{.Vars.subPath}}', /only as the whole first segment/],
    ['/x{{.Vars.subPath}}', /only as the whole first segment/],
    ['{{.Vars.a}}', /starts with "\/"/],
    ['/{{.Vars.a}}/../b', /segment/],
  ])('refuses %s in a rule', (path, problem) => {
    expect(ruleProblem(`PathPrefix(\`${path}\`)`)).toMatch(problem);
  });
});

describe('a rule in an environment', () => {
  test('a text, a number and a flag are literal parts of segments', () => {
    const rule = 'Path(`/{{.Vars.region}}/v{{.Vars.major}}/{{.Vars.beta}}`)';
    expect(pathsOf(rule, { region: 'eu west', major: 2, beta: false })).toEqual(['Path /eu west/v2/false']);
    expect(pathsOf(rule.replaceAll('.Vars', '.Env'), { region: '%41', major: 2, beta: true })).toEqual([
      'Path /%2541/v2/true',
    ]);
  });

  test('a list stands for its members, and for nothing else', () => {
    const rule = 'PathPrefix(`/{{.Vars.langs}}/shop`)';
    expect(pathsOf(rule, { langs: ['en', 'fr', 'en'] })).toEqual([
      'PathPrefix /en/shop',
      'PathPrefix /fr/shop',
    ]);
    expect(pathsOf(rule, { langs: [] })).toEqual([]);
    expect(problemsOf(rule, { langs: [] })).toEqual([]);
  });

  test('the sub-path is what has been removed', () => {
    expect(pathsOf('PathPrefix(`/{{.Vars.subPath}}/shop`)')).toEqual(['PathPrefix /shop']);
    expect(pathsOf('PathPrefix(`/{{.Vars.subPath}}`)')).toEqual(['PathPrefix /']);
    expect(pathsOf('Path(`/{{.Vars.subPath}}`)')).toEqual(['Path /']);
  });

  test('what a route declares has a default and a type', () => {
    const route: Route = {
      rule: 'Path(`/{{.Vars.region}}`)',
      env: { region: { type: 'string', required: true, default: 'eu' } },
    };
    expect(pathsOf(route)).toEqual(['Path /eu']);
    expect(pathsOf(route, { region: 'us' })).toEqual(['Path /us']);
    expect(problemsOf(route, { region: 7 })).toEqual([
      'routes.0.env.region must be of type string, not number',
    ]);
  });

  test.each([
    [{}, /^routes\.0\.env\.x is required but has no value$/],
    [{ x: '' }, /^routes\.0\.env\.x makes a segment of a path that is ""$/],
    [{ x: '..' }, /^routes\.0\.env\.x makes a segment of a path that is "\.\."$/],
    [{ x: 'a/b' }, /is part of one segment of a path, and so must not contain "\/"$/],
    [{ x: ['a', 'b\\c'] }, /must not contain control characters nor/],
    [{ x: Array.from({ length: 1_001 }, (_, index) => index) }, /more than 1000 rules/],
  ])('names what is wrong with %j', (vars: Record<string, VariableValue>, problem: RegExp) => {
    const [first, ...others] = problemsOf('Path(`/{{.Vars.x}}`)', vars);
    expect(first).toMatch(problem);
    expect(others).toEqual([]);
    expect(pathsOf('Path(`/{{.Vars.x}}`)', vars)).toEqual([]);
  });

  test('matches exactly the paths that have one of the values in its place', () => {
    const anyText = fc.constantFrom('a', 'b', 'ab', 'é', 'A', '1');
    const anyValue = fc.oneof(anyText, fc.array(anyText, { maxLength: 3 }));
    fc.assert(
      fc.property(anyValue, anyValue, fc.array(anyText, { maxLength: 4 }), (x, y, asked) => {
        const route = { rule: 'Path(`/{{.Vars.x}}/p-{{.Vars.y}}`)' };
        const matcher = new RouteMatcher(
          rulesIn(route, { vars: { x, y } }).map((rule) => ({ rule, target: 0 })),
        );
        const path = `/${asked
          .map((each, index) => (index === 1 ? `p-${each}` : each))
          .map(encodeURIComponent)
          .join('/')}`;
        const [first = 'a', second = 'a'] = asked;
        const expected = asked.length === 2 && [x].flat().includes(first) && [y].flat().includes(second);
        expect(matcher.match(routedRequest({ method: 'GET', target: path }))?.targets ?? []).toEqual(
          expected ? [0] : [],
        );
      }),
    );
  });
});

describe('values in other predicates', () => {
  test.each<[string, Record<string, VariableValue>, readonly string[]]>([
    ['Host(`{{.Vars.h}}`)', { h: 'Shop.Example.com' }, ['Host(`shop.example.com`)']],
    ['Host(`{t}.{{.Vars.h}}`)', { h: ['a.com', 'b.org'] }, ['Host(`{t}.a.com`)', 'Host(`{t}.b.org`)']],
    ['Header(`X-{{.Vars.n}}`, `{{.Vars.v}}`)', { n: 'User', v: 1 }, ['Header(`x-user`, `1`)']],
    [
      'Query(`q`, `{[0-9]+{{.Vars.v}}}`)',
      { v: 'a.b' },
      [String.raw`Query(${'`'}q${'`'}, ${'`'}{[0-9]+a\.b}${'`'})`],
    ],
    ['Method(`{{.Vars.m}}`)', { m: ['get', 'PUT'] }, ['Method(`GET`)', 'Method(`PUT`)']],
    ['Type(`{{.Vars.t}}`)', { t: 'cron' }, ['Type(`cron`)']],
    ['Header(`a`) && !Host(`{{.Vars.h}}`)', { h: ['x', 'y'] }, ['Header(`a`) && !Host(`x`) && !Host(`y`)']],
    ['Header(`a`) && !Host(`{{.Vars.h}}`)', { h: [] }, ['Header(`a`)']],
    [
      'Query(`{{.Vars.a}}`) && Query(`x{{.Vars.a}}`)',
      { a: ['1', '2'] },
      [
        'Query(`1`) && Query(`x1`)',
        'Query(`1`) && Query(`x2`)',
        'Query(`2`) && Query(`x1`)',
        'Query(`2`) && Query(`x2`)',
      ],
    ],
    ['Query(`{{.Vars.a}}`, `{{.Vars.a}}`)', { a: ['1', '2'] }, ['Query(`1`, `1`)', 'Query(`2`, `2`)']],
  ])('%s with %j', (rule, vars, expected) => {
    expect(problemsOf(rule, vars)).toEqual([]);
    expect(rulesIn({ rule }, { vars }).map(ruleText)).toEqual(expected);
  });

  test.each(['{x}', '{:.*}', 'a|b', '.*', '{{x}}', '[a-z]+', '\\d', 'a{1}', '^a$'])(
    '%s as a value is just that text, wherever it is put',
    (value) => {
      const rules = [
        'Header(`h`, `{{.Vars.v}}`)',
        'Header(`h`, `{(?:{{.Vars.v}})}`)',
        'Header(`h`, `{[{{.Vars.v}}]+}`)',
      ];
      const matches = (rule: string, text: string) =>
        new RouteMatcher(
          rulesIn({ rule }, { vars: { v: value } }).map((each) => ({ rule: each, target: 0 })),
        ).match(routedRequest({ method: 'GET', target: '/', headers: ['h', text] })) !== undefined;
      expect(rules.map((rule) => matches(rule, value))).toEqual([true, true, true]);
      for (const other of ['a', 'b', 'x', '1', 'zz', 'a1', 'aaa'])
        expect(rules.slice(0, 2).map((rule) => matches(rule, other))).toEqual([false, false]);
      const path = value.includes('\\') ? 'x' : encodeURIComponent(value);
      const inPath = new RouteMatcher(
        rulesIn({ rule: 'Path(`/{{.Vars.v}}`)' }, { vars: { v: value } }).map((rule) => ({
          rule,
          target: 0,
        })),
      );
      const found = (target: string) => inPath.match(routedRequest({ method: 'GET', target })) !== undefined;
      expect([found(`/${path}`), found('/a'), found('/b')]).toEqual([path !== 'x', false, false]);
    },
  );

  test.each<[string, VariableValue, RegExp]>([
    ['Host(`{{.Vars.x}}`)', 'a/b', /^routes\.0\.env\.x has the host label "a\/b", which no host can have$/],
    ['Host(`{{.Vars.x}}`)', 'a.com:80', /compared without/],
    ['Host(`{{.Vars.x}}`)', '', /env\.x makes an empty host|no host can have/],
    ['Header(`{{.Vars.x}}`)', 'a b', /env\.x has "a b" as the name of a header$/],
    ['Query(`{{.Vars.x}}`)', '', /env\.x has "" as the name of a query parameter$/],
    ['Method(`{{.Vars.x}}`)', 'G/T', /env\.x has the method "G\/T", which no request can have$/],
    ['Type(`{{.Vars.x}}`)', '', /env\.x makes an empty type$/],
  ])('%s with %j is a problem of the value', (rule, value, problem) => {
    const [first, ...others] = problemsOf(rule, { x: value });
    expect(first).toMatch(problem);
    expect(others).toEqual([]);
  });
});

describe('ties in an environment', () => {
  const routes = [
    { name: 'a', rule: 'PathPrefix(`/{{.Vars.langs}}`)' },
    { name: 'b', rule: 'PathPrefix(`/en`)' },
    { name: 'c', rule: 'PathPrefix(`/{{.Vars.langs}}`)' },
  ];
  const names = (vars?: Record<string, VariableValue>) =>
    findTies(routes, vars === undefined ? undefined : () => ({ vars })).map(
      ({ routes: [a, b] }) => `${a.name} ${b.name}`,
    );

  test('values decide', () => {
    expect(names({ langs: ['fr', 'en'] })).toEqual(['a b', 'a c']);
    expect(names({ langs: 'fr' })).toEqual(['a c']);
    expect(names({ langs: [] })).toEqual([]);
  });

  test('without an environment, what is written decides; routes that lack values tie with nothing', () => {
    expect(names()).toEqual(['a c']);
    expect(names({})).toEqual([]);
  });
});
