// The text that a person edits: it says what the environment says, and problems stand above it at the lines that they name.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isEmptied,
  readEdited,
  textToEdit,
  withoutProblem,
  withProblem,
} from '../../../../../src/actions/environments/edit/edited-text.ts';
import type { EnvironmentDefinition } from '../../../../../src/core/environments/environment-definition.ts';
import { FoxError } from '../../../../../src/core/errors.ts';
import { effectiveEnvironment } from '../../../../../src/core/environments/inheritance.ts';

const team: EnvironmentDefinition = {
  name: 'team',
  parent: 'dev',
  vars: { THEME: 'dark' },
  secrets: {
    KEY: { fingerprint: '1a2b3c4d'.repeat(8) },
    DB: { fingerprint: 'f'.repeat(64), from: { name: 'db', key: 'pw' } },
  },
  ttl: '72h',
  expiresAt: '2026-01-03T12:00:00Z',
};
const definitions = new Map([
  ['team', team],
  ['dev', { name: 'dev', vars: { THEME: 'light', GREETING: 'Hi\nthere' } }],
]);
const effective = effectiveEnvironment(definitions, 'team');
const given = textToEdit(team, typeof effective === 'string' ? undefined : effective);

function problemOf(text: string): FoxError {
  try {
    readEdited(text, 'team');
  } catch (error) {
    if (error instanceof FoxError) return error;
  }
  throw new Error('it is read without a problem');
}

test('says what the environment says, names what is inherited and when it ends, and shows no secret', () => {
  expect(readEdited(given, 'team')).toMatchObject({
    name: 'team',
    parent: 'dev',
    vars: { THEME: 'dark' },
    secrets: { DB: { from: { name: 'db', key: 'pw' } } },
    ttl: '72h',
  });
  expect(given).toContain('#   GREETING: "Hi\\nthere"\n');
  expect(given).not.toContain('#   THEME');
  expect(given).toContain('2026-01-03T12:00:00Z');
  expect(given).not.toContain('1a2b3c4d1a2b3c4d');
});

test('is read back as it was, whatever the values are', () => {
  const anyValue = fc.oneof(
    fc.string({ unit: 'grapheme' }).filter((value) => !/[\0\uFFFD\p{Surrogate}]/u.test(value)),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.string()),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/), anyValue), (vars) => {
      expect(readEdited(textToEdit({ name: 'team', vars }), 'team').vars).toEqual(vars);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['', true],
  ['\n  \n', true],
  ['# only\n  # comments\n', true],
  [given, false],
  ['name: team', false],
])('%j is emptied: %s', (text, expected) => {
  expect(isEmptied(text)).toBe(expected);
});

describe('a problem', () => {
  test('stands above the text, and names the line at which the text stands then', () => {
    const wrong = given.replace('parent: dev', 'parent: dev\npolicy: wild');
    const shown = withProblem(wrong, problemOf(wrong));
    const [, line] = /team\.yaml:(\d+) policy/.exec(shown) ?? [];
    expect(shown.split('\n')[Number(line) - 1]).toBe('policy: wild');
    expect(shown.split('\n').findIndex((each) => each.startsWith('#! '))).toBe(0);
  });

  test('is taken away again, however often, and nothing else is', () => {
    const problem = new FoxError('REFUSED', 'no', { details: ['one', 'two\nlines'], hints: ['hint'] });
    expect(withoutProblem(withProblem(given, problem))).toBe(given);
    expect(withoutProblem(given)).toBe(given);
    expect(withoutProblem(withProblem('', problem))).toBe('');
  });

  test('is another name, or a second environment', () => {
    expect(problemOf(given.replace('name: team', 'name: other')).message).toContain(
      "can't be changed to other",
    );
    expect(problemOf(`${given}---\nkind: VirtualEnvironment\nname: more\n`).message).toContain('team alone');
  });
});
