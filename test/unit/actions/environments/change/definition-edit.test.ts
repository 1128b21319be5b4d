// Making a definition of another.
import { describe, expect, it } from 'vitest';
import {
  compact,
  editDefinition,
  withoutValues,
} from '../../../../../src/actions/environments/change/definition-edit.ts';
import type { EnvironmentDefinition } from '../../../../../src/core/environments/environment-definition.ts';

const full: EnvironmentDefinition = {
  name: 'team-a',
  parent: 'dev',
  vars: { THEME: 'dark' },
  secrets: { KEY: { fingerprint: 'f' } },
  hosts: ['a.example.com'],
  subPath: 'a',
  policy: 'stable',
  access: 'signed',
  accessKey: 'k',
  ttl: '1h',
  expiresAt: '2026-01-01T01:00:00Z',
};
const now = Date.parse('2026-01-02T00:00:00Z');

describe('an edit', () => {
  it('leaves what it does not mention', () => {
    expect(editDefinition(full, {}, now)).toEqual(full);
  });

  it('adds and replaces values, and keeps the others', () => {
    const vars = new Map([['PAGE', 20]]);
    expect(editDefinition(full, { vars }, now).vars).toEqual({ THEME: 'dark', PAGE: 20 });
  });

  it('removes each setting that is false, and leaves no trace of it', () => {
    const none = {
      parent: false,
      hosts: false,
      subPath: false,
      policy: false,
      access: false,
      ttl: false,
    } as const;
    const { name, vars, secrets = {} } = full;
    expect(editDefinition(full, none, now)).toStrictEqual({ name, vars, secrets });
  });

  it('keeps a flag that is false: it says something', () => {
    const edit = { sticky: false, responseHeaders: false, skewProtection: 'off' };
    const edited = editDefinition(full, edit, now);
    expect(edited).toMatchObject(edit);
    expect(editDefinition(edited, { sticky: true }, now)).toMatchObject({ ...edit, sticky: true });
  });

  it.each([[{ access: 'open' }], [{ access: false }]] as const)(
    'takes the key of signed links away with %j, which needs none',
    (edit) => expect(editDefinition(full, edit, now)).not.toHaveProperty('accessKey'),
  );

  it('counts a time to live from now on, and does not when something else is set', () => {
    expect(editDefinition(full, { ttl: '72h' }, now)).toMatchObject({
      ttl: '72h',
      expiresAt: '2026-01-05T00:00:00Z',
    });
    expect(editDefinition(full, { parent: 'x' }, now)).toMatchObject({ expiresAt: full.expiresAt });
  });

  it('makes a name either a variable or a secret', () => {
    const secrets = new Map([['THEME', { fingerprint: 'g' }]]);
    const edited = editDefinition(full, { secrets }, now);
    expect(edited).toMatchObject({
      vars: {},
      secrets: { THEME: { fingerprint: 'g' }, KEY: { fingerprint: 'f' } },
    });
    const back = editDefinition(edited, { vars: new Map([['KEY', 'plain']]) }, now);
    expect(back.secrets).toEqual({ THEME: { fingerprint: 'g' } });
  });
});

it('values that are unset leave nothing, be they variables or secrets', () => {
  const { vars, secrets } = withoutValues(full, new Set(['THEME', 'KEY', 'OTHER']));
  expect(vars).toEqual({});
  expect(secrets).toBeUndefined();
});

it('what says nothing is not there', () => {
  expect(
    compact({ name: 'a', vars: {}, secrets: {}, hosts: [], parent: undefined, policy: false }),
  ).toStrictEqual({
    name: 'a',
    vars: {},
  });
});
