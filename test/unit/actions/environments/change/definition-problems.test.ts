// What is wrong with a definition by itself.
import { expect, it } from 'vitest';
import {
  partProblems,
  wholeProblems,
} from '../../../../../src/actions/environments/change/definition-problems.ts';
import type { EnvironmentDefinition } from '../../../../../src/core/environments/environment-definition.ts';

function problemsOf(definition: EnvironmentDefinition): string[] {
  return [...partProblems(definition), ...wholeProblems(definition)];
}

it('finds nothing in one that is right', () => {
  expect(
    problemsOf({
      name: 'team-a',
      parent: 'dev',
      vars: { A: 'ü\n"', B: -1.5, C: ['x', 1], D: false },
      secrets: { E: { fingerprint: 'f' } },
      hosts: ['a.example.com'],
      subPath: 'team-a',
      ttl: '72h',
    }),
  ).toEqual([]);
});

it('finds everything at once', () => {
  const problems = problemsOf({
    name: 'Team',
    parent: 'a_b',
    vars: { '1A': 1, NUL: ['a\0'], HALF: '\uD800', HUGE: 2 ** 60, BOTH: 1 },
    secrets: { BOTH: { fingerprint: 'f' } },
    hosts: ['A.example.com', 'b.example.com', 'b.example.com'],
    subPath: 'a/b',
    ttl: 'soon',
  });
  expect(problems).toHaveLength(11);
  expect(problems.join('\n')).toMatch(/NUL.*HALF.*HUGE.*b\.example\.com is given twice.*BOTH is both/s);
});

it('counts bytes, not characters, and says how many there may be', () => {
  const value = 'ü'.repeat(60_000);
  const vars = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`A${index}`, value]));
  const [problem = '', ...more] = problemsOf({ name: 'a', vars });
  expect(more).toEqual([]);
  expect(problem).toMatch(/^it would have 10801\d\d bytes; a ConfigMap holds 1048576$/);
  expect(problemsOf({ name: 'a', vars: { A: value } })).toEqual([]);
});

it('takes no value that no process could be given', () => {
  const [problem] = problemsOf({ name: 'a', vars: { A: 'x'.repeat(200_000) } });
  expect(problem).toBe('vars.A has 200000 bytes; a variable of a process holds 130048');
});

it('says of a number that can not be held how it can be', () => {
  const problems = problemsOf({ name: 'a', vars: { A: 2 ** 60, B: [2 ** 60] } });
  expect(problems).toEqual([
    'vars.A is too large a number to be held exactly: put it in quotes',
    'vars.B is too large a number to be held exactly: put it in quotes',
  ]);
});
