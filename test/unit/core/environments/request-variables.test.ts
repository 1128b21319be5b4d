// Request-bound variables: the header's value, and what is too much for it.
import { expect, test } from 'vitest';
import type { VariableDeclaration } from '../../../../src/core/version/app.ts';
import {
  maxRequestVariablesBytes,
  requestVariableProblems,
  requestVariables,
} from '../../../../src/core/environments/request-variables.ts';

const bound = (more: Partial<VariableDeclaration> = {}): VariableDeclaration => ({
  type: 'string',
  required: false,
  bind: 'request',
  ...more,
});

function read(header: string | undefined): unknown {
  return header === undefined ? undefined : JSON.parse(Buffer.from(header, 'base64url').toString());
}

test('only what is declared, and bound to requests; typed, with defaults', () => {
  const env = {
    GREETING: bound({ default: 'Hello' }),
    PAGE: bound({ type: 'number' }),
    TAGS: bound({ type: 'array' }),
    THEME: { type: 'string' as const, required: false },
  };
  const vars = { PAGE: 20, TAGS: ['a', 'ü'], THEME: 'dark', OTHER: 'x' };
  expect(read(requestVariables({ env }, { name: 'dev', vars }))).toEqual({
    GREETING: 'Hello',
    PAGE: 20,
    TAGS: ['a', 'ü'],
  });
});

test('nothing is said where nothing is declared; an empty object where nothing has a value', () => {
  expect(requestVariables({ env: {} }, { name: 'dev', vars: { A: 'x' } })).toBeUndefined();
  expect(read(requestVariables({ env: { A: bound() } }, { name: 'dev', vars: {} }))).toEqual({});
});

test('the same values have the same header, whatever their order', () => {
  const env = { A: bound(), B: bound() };
  const one = requestVariables({ env }, { name: 'dev', vars: { A: '1', B: '2' } });
  expect(one).toBe(
    requestVariables({ env: { B: bound(), A: bound() } }, { name: 'x', vars: { B: '2', A: '1' } }),
  );
});

test('what is missing, mistyped or too much is told', () => {
  const env = { A: bound({ required: true }), B: bound({ type: 'number' }) };
  const problems = (vars: Record<string, string>) =>
    requestVariableProblems({ env }, { name: 'dev', vars }).map(({ path, message }) => `${path} ${message}`);
  expect(problems({ B: 'x' })).toEqual([
    'env.A is required but has no value',
    'env.B must be of type number, not string',
  ]);
  // {"A":"…"} and base64url: four bytes for three.
  const most = (maxRequestVariablesBytes / 4) * 3 - '{"A":""}'.length;
  expect(problems({ A: 'x'.repeat(most) })).toEqual([]);
  expect(problems({ A: 'x'.repeat(most + 1) })).toEqual([
    expect.stringContaining('take 4098 bytes of at most 4096'),
  ]);
});
