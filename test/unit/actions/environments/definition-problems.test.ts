// What is wrong with a definition by itself.
import { expect, it } from 'vitest';
import {
  definitionProblems,
  maxDefinitionBytes,
} from '../../../../src/actions/environments/definition-problems.ts';

it('finds nothing in one that is right', () => {
  expect(
    definitionProblems({
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
  const problems = definitionProblems({
    name: 'Team',
    parent: 'a_b',
    vars: { '1A': 1, NUL: ['a\0'], HALF: '\uD800', HUGE: 2 ** 60, BOTH: 1 },
    secrets: { BOTH: { fingerprint: 'f' } },
    hosts: ['A.example.com', 'b.example.com', 'b.example.com'],
    subPath: 'a/b',
    ttl: 'soon',
  });
  expect(problems).toHaveLength(11);
  expect(problems.join('\n')).toMatch(/NUL.*HALF.*HUGE.*BOTH is both.*b\.example\.com is given twice/s);
});

it('counts bytes, not characters, and says how many there may be', () => {
  const half = maxDefinitionBytes / 2;
  const [problem = '', ...more] = definitionProblems({ name: 'a', vars: { A: 'ü'.repeat(half) } });
  expect(more).toEqual([]);
  expect(problem).toMatch(/^it would have 10486\d\d bytes; a ConfigMap holds 1048576$/);
  expect(definitionProblems({ name: 'a', vars: { A: 'ü'.repeat(half - 100) } })).toEqual([]);
});
