// The list of virtual environments: everything but their values, and why some can't be used.
import { expect, test } from 'vitest';
import { environmentItems } from '../../../../src/actions/environments/list.ts';
import { namespaceOf } from '../namespace-fixture.ts';
import { now, state } from './looked-at.ts';

const items = environmentItems(state, now);

test('is sorted by name, with what is inherited, what runs, what is released, and the time that is left', () => {
  expect(items.map(({ name }) => name)).toEqual(['dev', 'lost', 'team-a', 'team-b']);
  const [dev, , teamA, teamB] = items;
  expect(dev).toEqual({
    name: 'dev',
    policy: 'stable',
    access: 'open',
    sticky: true,
    skewProtection: 'off',
    responseHeaders: false,
    hosts: [],
    isDefault: false,
    versions: [
      { app: 'shop', version: 'v1' },
      { app: 'shop', version: 'v2' },
    ],
    released: { pay: 'v9', shop: 'v2' },
  });
  expect(teamA).toEqual({
    name: 'team-a',
    parent: 'dev',
    policy: 'stable',
    access: 'open',
    sticky: true,
    skewProtection: 'off',
    responseHeaders: false,
    hosts: ['team-a.example.com'],
    subPath: 'team-a',
    expiresAt: '2026-01-03T12:00:00Z',
    timeLeft: 60 * 3_600_000,
    isDefault: false,
    versions: [{ app: 'shop', version: 'v1' }],
    released: { shop: 'v1' },
  });
  expect(teamB).toMatchObject({
    policy: 'stable',
    access: 'internal',
    hosts: [],
    versions: [],
    released: {},
  });
});

test('tells why one can not be used, and of that only what it says itself', () => {
  expect(items[1]).toEqual({
    name: 'lost',
    parent: 'gone',
    hosts: ['lost.example.com'],
    isDefault: false,
    versions: [],
    released: {},
    broken: "its parent gone doesn't exist",
  });
});

test('has no values in it', () => {
  const secretive = namespaceOf({ environments: [{ name: 'dev', vars: { A: 'value-of-a' } }] });
  expect(JSON.stringify(environmentItems(secretive, now))).not.toContain('value-of-a');
});
