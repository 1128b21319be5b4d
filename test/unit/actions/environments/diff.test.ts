// What two virtual environments say differently, in force and by themselves, also where one of them can't be used.
import { expect, test } from 'vitest';
import { environmentDiff } from '../../../../src/actions/environments/diff.ts';
import { namespaceOf } from '../namespace-fixture.ts';
import { fingerprints, now, state } from './looked-at.ts';

const diff = (one: string, other: string, of = state) => environmentDiff(one, other, of, now);

test('settings and values are compared as they are in force', () => {
  const { same, settings, values } = diff('dev', 'team-a');
  expect(same).toBe(false);
  expect(settings).toEqual([
    { name: 'expiresAt', other: '2026-01-03T12:00:00Z', equal: false },
    { name: 'hosts', other: 'team-a.example.com', equal: false },
    { name: 'parent', other: 'dev', equal: false },
    { name: 'subPath', other: 'team-a', equal: false },
    { name: 'ttl', other: '72h', equal: false },
  ]);
  expect(values.filter(({ equal }) => !equal)).toEqual([
    {
      name: 'GREETING',
      one: { of: 'variable', value: 'Hi', type: 'string', origin: 'dev' },
      other: { of: 'variable', value: 'Hello', type: 'string', origin: 'team-a' },
      equal: false,
    },
    {
      name: 'KEY',
      one: { of: 'secret', fingerprint: fingerprints.one, origin: 'dev' },
      other: { of: 'secret', fingerprint: fingerprints.other, from: 'db/password', origin: 'team-a' },
      equal: false,
    },
    {
      name: 'THEME',
      one: { of: 'variable', value: 'red', type: 'string', origin: 'dev' },
      other: { of: 'variable', value: 'blue', type: 'string', origin: 'team-a' },
      equal: false,
    },
  ]);
});

test('the key of signed links, which nobody sets, is no difference', () => {
  const of = namespaceOf({
    environments: [
      { name: 'a', access: 'signed', accessKey: 'k' },
      { name: 'b', access: 'signed' },
    ],
  });
  expect(diff('a', 'b', of)).toMatchObject({ same: true, settings: [] });
});

test('equal values that are said by others are told apart from those that differ', () => {
  const { values } = diff('dev', 'team-a');
  expect(values.filter(({ equal }) => equal).map(({ name }) => name)).toEqual(['OLD']);
});

test('both ways round it is the same, and there is no difference to itself', () => {
  const [there, back] = [diff('dev', 'team-a'), diff('team-a', 'dev')];
  const turned = back.values.map(({ one, other, ...rest }) => ({ ...rest, one: other, other: one }));
  expect(turned).toEqual(there.values);
  expect(diff('team-a', 'team-a')).toMatchObject({ same: true, settings: [], values: [] });
});

test('secrets are equal by their fingerprint, whoever holds them, and a variable equals no secret', () => {
  const from = { name: 'db', key: 'password' };
  const of = namespaceOf({
    environments: [
      { name: 'a', secrets: { KEY: { fingerprint: fingerprints.one, from } } },
      { name: 'b', secrets: { KEY: { fingerprint: fingerprints.one } } },
      { name: 'c', vars: { KEY: fingerprints.one } },
    ],
  });
  expect(diff('a', 'b', of)).toMatchObject({ same: true, values: [] });
  expect(diff('a', 'c', of)).toMatchObject({ same: false, values: [{ name: 'KEY', equal: false }] });
});

test('of one that can not be used, what it says itself is compared', () => {
  const { one, other, settings, values } = diff('lost', 'team-b');
  expect([one, other]).toEqual([
    { name: 'lost', broken: "its parent gone doesn't exist" },
    { name: 'team-b' },
  ]);
  expect(settings.map(({ name }) => name)).toEqual([
    'access',
    'hosts',
    'parent',
    'policy',
    'responseHeaders',
    'skewProtection',
    'sticky',
  ]);
  expect(values.find(({ name }) => name === 'THEME')).toMatchObject({
    one: { value: 'grey' },
    other: { value: 'blue' },
  });
});
