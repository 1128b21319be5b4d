// Variables: where a value comes from, and which values are none.
import { describe, expect, test } from 'vitest';
import type { VariableDeclaration, VariableValue } from '../../../src/core/app.ts';
import { emptyEnvironment, hasType, resolveVariables, variableText } from '../../../src/core/environment.ts';

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

test('an environment that nobody has said anything about gives defaults', () => {
  expect(emptyEnvironment('dev')).toEqual({ name: 'dev', vars: {} });
});
