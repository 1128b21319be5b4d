// What ConfigMaps hold of environments: whatever somebody has made of it, either it can be used or it is told.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EnvironmentDefinition } from '../../../../src/core/environments/environment-definition.ts';
import { variableProblems } from '../../../../src/core/environments/environment.ts';
import { effectiveEnvironments } from '../../../../src/core/environments/inheritance.ts';
import { readConfiguration, readDefinition } from '../../../../src/core/environments/stored-environment.ts';

const whole: EnvironmentDefinition = {
  name: 'dev',
  parent: 'base',
  vars: { A: 'x', N: 1, B: false, L: ['a', 1] },
  secrets: { S: { fingerprint: 'f' }, T: { fingerprint: 'g', from: { name: 'other', key: 'k' } } },
  hosts: ['dev.example.com'],
  subPath: 'dev',
  policy: 'stable',
  access: 'internal',
  sticky: false,
  skewProtection: '30m',
  responseHeaders: true,
  ttl: '1h',
  expiresAt: '2026-01-02T03:04:05Z',
};

test('a definition is read as it was written', () => {
  expect(readDefinition(JSON.stringify(whole), 'dev')).toEqual(whole);
  expect(readDefinition('{}', 'dev')).toEqual({ name: 'dev', vars: {} });
});

test.each<[string | undefined, string]>([
  [undefined, 'its ConfigMap has no environment in it'],
  ['', 'its ConfigMap has no environment in it'],
  ['null', 'its ConfigMap has no environment in it'],
  ['[]', 'its ConfigMap has no environment in it'],
  ['{', 'its ConfigMap is not readable'],
  ['{"name":"prod"}', 'its ConfigMap is of "prod"'],
  ['{"vars":[]}', 'its vars is not readable'],
  ['{"vars":{"A":null}}', 'its vars.A is not readable'],
  ['{"vars":{"A":"x","B":{"c":1}}}', 'its vars.B is not readable'],
  ['{"vars":{"A":[[]]}}', 'its vars.A is not readable'],
  ['{"secrets":{"S":null}}', 'its secrets.S is not readable'],
  ['{"secrets":{"S":{"fingerprint":"f","from":{"name":"x"}}}}', 'its secrets.S is not readable'],
  ['{"hosts":"dev.example.com"}', 'its hosts is not readable'],
  ['{"policy":"strict"}', 'its policy is not readable'],
  ['{"access":true}', 'its access is not readable'],
  ['{"sticky":"no"}', 'its sticky is not readable'],
  ['{"skewProtection":30}', 'its skewProtection is not readable'],
  ['{"responseHeaders":null}', 'its responseHeaders is not readable'],
  ['{"parent":7}', 'its parent is not readable'],
])('%s is no definition: %s', (text, why) => {
  expect(readDefinition(text, 'dev')).toBe(why);
});

describe('a configuration', () => {
  const held = { name: 'prod', vars: { A: 'x' }, secrets: { S: 'f' }, configuration: 'd' };

  test('is read as it was written', () => {
    expect(readConfiguration(JSON.stringify(held), 'prod')).toEqual(held);
  });

  test('without its digest is none: it would pass for what the environment says now', () => {
    const { configuration: _, ...live } = held;
    expect(readConfiguration(JSON.stringify(live), 'prod')).toBe('its configuration is not readable');
    expect(readConfiguration('{"configuration":"d"}', 'prod')).toBe('its vars is not readable');
    expect(readConfiguration('{"vars":{},"configuration":"d","secrets":{"S":{}}}', 'prod')).toBe(
      'its secrets.S is not readable',
    );
  });
});

test('what has been damaged anywhere is told, or can be used', () => {
  const anyPath = fc.constantFrom(
    'name',
    'parent',
    'vars',
    'secrets',
    'hosts',
    'subPath',
    'policy',
    'access',
  );
  const anyDamage = fc.dictionary(
    anyPath,
    fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue())),
  );
  const component = {
    env: { A: { type: 'string', required: true }, L: { type: 'array', required: true } },
    secrets: ['S'],
  } as const;
  fc.assert(
    fc.property(anyDamage, (damage) => {
      const read = readDefinition(JSON.stringify({ ...whole, parent: undefined, ...damage }), 'dev');
      const known = typeof read === 'string' ? [] : [['dev', read] as const];
      const { environments } = effectiveEnvironments(new Map(known));
      for (const environment of environments.values()) variableProblems(component, environment);
      expect(typeof read === 'string' || read.name === 'dev').toBe(true);
    }),
    { numRuns: 1_000 },
  );
});
