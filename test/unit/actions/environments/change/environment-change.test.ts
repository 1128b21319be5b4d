// What is told of a change: by name, of secrets never more than the reference.
import { expect, it } from 'vitest';
import { changesBetween } from '../../../../../src/actions/environments/change/environment-change.ts';

it('tells each value that is other than before, and nothing else', () => {
  const before = { name: 'a', parent: 'dev', vars: { SAME: [1, 'x'], OLD: 1, THEME: 'light' }, hosts: ['h'] };
  const after = { name: 'a', vars: { THEME: 'dark', SAME: [1, 'x'], NEW: true }, hosts: ['h'] };
  expect(changesBetween(before, after).toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    { name: 'parent', before: 'dev' },
    { name: 'vars.NEW', after: true },
    { name: 'vars.OLD', before: 1 },
    { name: 'vars.THEME', before: 'light', after: 'dark' },
  ]);
});

it('tells a number from the text of it', () => {
  expect(changesBetween({ name: 'a', vars: { A: '1' } }, { name: 'a', vars: { A: 1 } })).toHaveLength(1);
});

it('tells secrets by fingerprint and by where they come from', () => {
  const before = { name: 'a', vars: {}, secrets: { KEY: { fingerprint: 'f' }, SAME: { fingerprint: 's' } } };
  const after = {
    name: 'a',
    vars: {},
    secrets: { KEY: { fingerprint: 'f', from: { name: 'n', key: 'k' } }, SAME: { fingerprint: 's' } },
  };
  expect(changesBetween(before, after)).toEqual([
    { name: 'secrets.KEY', before: { fingerprint: 'f' }, after: { fingerprint: 'f', from: 'n/k' } },
  ]);
});

it('tells everything of one that is new', () => {
  expect(changesBetween(undefined, { name: 'a', vars: { A: 1 }, ttl: '1h' })).toEqual([
    { name: 'ttl', after: '1h' },
    { name: 'vars.A', after: 1 },
  ]);
});
