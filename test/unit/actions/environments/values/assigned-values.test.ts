// Values that are given as text: what is told of those that can't be taken, and of names that are secrets.
import { describe, expect, it } from 'vitest';
import {
  refuseSecrets,
  tellUndeclared,
  tellUndeclaredSecrets,
  typedValues,
} from '../../../../../src/actions/environments/values/assigned-values.ts';
import {
  type DeclaredTypes,
  declaredTypes,
} from '../../../../../src/actions/environments/values/declared-types.ts';
import type { FoxError } from '../../../../../src/core/errors.ts';

const declared: DeclaredTypes = {
  variables: new Map([
    ['LIMIT', 'number'],
    ['THEME', 'string'],
  ]),
  secrets: new Set(['KEY']),
  inRules: new Set(),
};

describe('a value that can not be taken', () => {
  it.each([
    ['LIMIT', 'abc', ['Values have the types that are declared for their names in fox.config.yaml.']],
    ['OTHER', '9007199254740993', ['`--type string` takes a value as text, whatever it looks like.']],
  ])('of %s is told with what helps', (name, text, hints) => {
    expect(hintsOf(() => typedValues({ assignments: new Map([[name, text]]) }, declared))).toEqual(hints);
  });
});

describe('a name that is a secret', () => {
  const definition = {
    name: 'dev',
    vars: {},
    secrets: { THEME: { fingerprint: 'f' }, OLD: { fingerprint: 'f' } },
  };
  const refuse = (name: string) => () =>
    refuseSecrets(definition, { assignments: new Map([[name, 'x']]) }, declared);

  it.each(['OLD', 'KEY'])('gets no plain value: %s', (name) => {
    expect(hintsOf(refuse(name))[0]).toContain(`--secret ${name}`);
  });

  it('though declared as a variable alone, becomes one', () => {
    expect(refuse('THEME')).not.toThrow();
  });
});

it('a variable that only a rule uses is no slip, and is what was meant by a name near it', () => {
  const known = declaredTypes([{ env: {}, routes: [{ rule: 'PathPrefix(`/{{.Vars.TENANT}}`)' }] }]);
  const told: string[] = [];
  const values = new Map([
    ['TENANT', 'eu'],
    ['TENNANT', 'eu'],
  ]);
  tellUndeclared(values, known, (text) => told.push(text));
  expect(told).toEqual([
    'TENNANT is declared by nothing that runs there, nor at HEAD: it is a string. Did you mean TENANT?',
  ]);
});

it('a secret that nobody declares is told, with what was likely meant', () => {
  const told: string[] = [];
  tellUndeclaredSecrets(['KEY', 'KEYS', 'THEME', 'XYZ'], declared, (text) => told.push(text));
  expect(told).toEqual([
    'KEYS is a secret that nothing declares that runs there, nor at HEAD. Did you mean KEY?',
    'THEME is declared as a variable, not as a secret.',
    'XYZ is a secret that nothing declares that runs there, nor at HEAD.',
  ]);
});

function hintsOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    return (error as FoxError).hints;
  }
  throw new Error('it was taken');
}
