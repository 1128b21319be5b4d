// Rules of routes: what can be written, what is refused and how, and which rules tie.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FoxError } from '../../../../../src/core/errors.ts';
import {
  compareRules,
  findTies,
  parseRule,
  ruleProblem,
} from '../../../../../src/core/routing/rules/rule.ts';

describe('parseRule', () => {
  test.each([
    ['Path(`/`)', { predicate: 'Path', segments: [''] }],
    ['PathPrefix(`/`)', { predicate: 'PathPrefix', segments: [] }],
    ['Path("/a/b")', { predicate: 'Path', segments: ['a', 'b'] }],
    [' PathPrefix( `/a` ) ', { predicate: 'PathPrefix', segments: ['a'] }],
    ['PathPrefix(`/a/`)', { predicate: 'PathPrefix', segments: ['a'] }],
    ['Path(`/a/`)', { predicate: 'Path', segments: ['a', ''] }],
    ['Path(`/caf%C3%A9/a b`)', { predicate: 'Path', segments: ['café', 'a b'] }],
    ['Path(`/a.b/...`)', { predicate: 'Path', segments: ['a.b', '...'] }],
  ])('%s', (rule, expected) => {
    expect(parseRule(rule)).toEqual(expected);
    expect(ruleProblem(rule)).toBeUndefined();
  });

  test.each([
    ['', /can't be read; known are Path/],
    ['/a', /can't be read; known are Path/],
    ['Path', /can't be read/],
    ['Path()', /one path in back-ticks or double quotes/],
    ['Path(/a)', /one path in back-ticks or double quotes/],
    ["Path('/a')", /one path in back-ticks or double quotes/],
    ['Path(`/a`, `/b`)', /several paths/],
    ['Path(`/a`) && Path(`/b`)', /combines predicates/],
    ['Pathprefix(`/a`)', /did you mean PathPrefix\(\)\?/],
    ['Host(`a.example`)', /uses Host\(\), which this version of fox doesn't route by/],
    ['Frob(`/a`)', /unknown Frob\(\); known are/],
    ['Path(`a`)', /starts with "\/", not "a"/],
    ['Path(``)', /starts with "\/"/],
    ['Path(`/a?b=c`)', /"\?"/],
    ['Path(`/{id}`)', /captures/],
    ['PathPrefix(`/a/*`)', /PathPrefix/],
    ['Path(`/a/../b`)', /segment/],
    ['Path(`/a/%2e/b`)', /segment/],
    ['Path(`/a\\b`)', /"\\"/],
    ['Path(`//a`)', /"\/\/"/],
    ['Path(`/a\nb`)', /control/],
  ])('refuses %s', (rule, problem) => {
    expect(ruleProblem(rule)).toMatch(problem);
    expect(() => parseRule(rule)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  test('never throws anything but FoxError, whatever is written', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: 'binary' }).map((path) => `Path(\`${path}\`)`),
        ),
        (rule) => {
          const problem = ruleProblem(rule);
          const code = problem === undefined ? undefined : 'CONFIG_INVALID';
          expect(codeOf(() => parseRule(rule))).toBe(code);
        },
      ),
    );
  });
});

/** The code of the FoxError that an action throws; undefined if it throws none. */
function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof FoxError) return error.code;
    throw error;
  }
}

describe('findTies', () => {
  test('names both routes that match the same requests', () => {
    const routes = [
      { name: 'ui', rule: 'PathPrefix(`/a`)' },
      { name: 'page', rule: 'Path(`/a`)' },
      { name: 'api', rule: 'PathPrefix("/a/")' },
      { name: 'more', rule: 'PathPrefix(`/%61`)' },
    ];
    expect(findTies(routes).map(([a, b]) => [a.name, b.name])).toEqual([
      ['ui', 'api'],
      ['ui', 'more'],
    ]);
  });

  test('different predicates, paths or ends of a path are no tie', () => {
    expect(
      findTies([
        { rule: 'Path(`/a`)' },
        { rule: 'Path(`/a/`)' },
        { rule: 'PathPrefix(`/a`)' },
        { rule: 'Path(`/b`)' },
      ]),
    ).toEqual([]);
  });
});

test('Path goes before PathPrefix, more segments before fewer, the length of a value counts nothing', () => {
  const rules = [
    'PathPrefix(`/`)',
    'PathPrefix(`/looooooong`)',
    'Path(`/a`)',
    'PathPrefix(`/a/b/c/d`)',
    'Path(`/a/b`)',
  ];
  const sorted = rules.toSorted((a, b) => compareRules(parseRule(a), parseRule(b)));
  expect(sorted).toEqual([
    'Path(`/a/b`)',
    'Path(`/a`)',
    'PathPrefix(`/a/b/c/d`)',
    'PathPrefix(`/looooooong`)',
    'PathPrefix(`/`)',
  ]);
});
