// Variables: where a value comes from, and which values are none.
import { describe, expect, test } from 'vitest';
import type { VariableDeclaration, VariableValue } from '../../../../src/core/version/app.ts';
import {
  emptyEnvironment,
  hasType,
  resolveSecrets,
  resolveVariables,
  variableProblems,
  variableText,
} from '../../../../src/core/environments/environment.ts';

const text: VariableDeclaration = { type: 'string', required: false };

describe('the value of a variable', () => {
  test('is that of the environment, else the default, else none', () => {
    const declarations = { A: { ...text, default: 'default' }, B: { ...text, default: 'default' }, C: text };
    expect(
      resolveVariables({ env: declarations }, { name: 'dev', vars: { A: 'own', UNKNOWN: 'x' } }, 'process'),
    ).toEqual({
      values: { A: 'own', B: 'default' },
      problems: [],
    });
  });

  test('may be empty, zero or false', () => {
    const declarations: Record<string, VariableDeclaration> = {
      A: { ...text, default: 'x' },
      B: { type: 'number', required: true, default: 1 },
      C: { type: 'boolean', required: true },
    };
    expect(
      resolveVariables({ env: declarations }, { name: 'dev', vars: { A: '', B: 0, C: false } }, 'process'),
    ).toEqual({
      values: { A: '', B: 0, C: false },
      problems: [],
    });
  });

  test('is told where it is missing or of another type, every time', () => {
    const declarations: Record<string, VariableDeclaration> = {
      A: { type: 'string', required: true },
      B: { type: 'number', required: false, default: 1 },
      C: { type: 'array', required: false },
    };
    expect(
      resolveVariables({ env: declarations }, { name: 'dev', vars: { B: '2', C: 'x' } }, 'process'),
    ).toEqual({
      values: {},
      problems: [
        { path: 'env.A', message: 'is required but has no value' },
        { path: 'env.B', message: 'must be of type number, not string' },
        { path: 'env.C', message: 'must be of type array, not string' },
      ],
    });
  });

  test.each<[VariableValue, string]>([
    ['a b', 'a b'],
    ['', ''],
    [3.5, '3.5'],
    [true, 'true'],
    [[1, 'two'], '[1,"two"]'],
  ])('%j is seen by a process as %s', (value, seen) => {
    expect(variableText(value)).toBe(seen);
  });

  test('has one type', () => {
    expect([
      hasType('1', 'string'),
      hasType(1, 'number'),
      hasType([], 'array'),
      hasType(false, 'boolean'),
      hasType(1, 'string'),
      hasType([], 'string'),
    ]).toEqual([true, true, true, true, false, false]);
  });
});

describe('what a component declares', () => {
  const env: Record<string, VariableDeclaration> = {
    COLOR: { ...text, default: 'red' },
    GREETING: { ...text, default: 'hi', bind: 'request' },
  };

  test('reaches its process or comes with each request, never both', () => {
    const environment = { name: 'dev', vars: { COLOR: 'blue', GREETING: 'hello' } };
    expect(resolveVariables({ env }, environment, 'process').values).toEqual({ COLOR: 'blue' });
    expect(resolveVariables({ env }, environment, 'request').values).toEqual({ GREETING: 'hello' });
  });

  test('has the fingerprints of its own secrets alone, and of those that there are', () => {
    const environment = { name: 'dev', vars: { C: 'x' }, secrets: { A: '1', D: '2' } };
    expect(resolveSecrets({ secrets: ['A', 'B', 'C', 'toString'] }, environment)).toEqual({ A: '1' });
    expect(resolveSecrets({}, environment)).toEqual({});
  });

  test('is a variable or a secret, as it says: the other is told, and is no value', () => {
    const component = {
      env: { ...env, N: { type: 'number', required: true } as const },
      secrets: ['A', 'B'],
    };
    const environment = {
      name: 'dev',
      vars: { B: 'plain', N: 'x' },
      secrets: { COLOR: '1', GREETING: '2' },
    };
    expect(variableProblems(component, environment)).toEqual([
      { path: 'env.COLOR', message: 'is a plain variable, but has its value as a secret' },
      { path: 'env.N', message: 'must be of type number, not string' },
      { path: 'env.GREETING', message: 'is a plain variable, but has its value as a secret' },
      { path: 'secrets.A', message: 'is a secret that has no value' },
      { path: 'secrets.B', message: 'is a secret, but has its value as a plain variable' },
    ]);
  });

  test('is found only where somebody has put it, and not in what every object has', () => {
    const declared = { env: { constructor: { ...text, required: true } }, secrets: ['valueOf'] };
    expect(variableProblems(declared, emptyEnvironment('dev')).map(({ message }) => message)).toEqual([
      'is required but has no value',
      'is a secret that has no value',
    ]);
  });
});

test('an environment that nobody has said anything about gives defaults', () => {
  expect(emptyEnvironment('dev')).toEqual({ name: 'dev', vars: {} });
});
