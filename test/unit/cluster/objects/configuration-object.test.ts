// What releases hold on to, read from ConfigMaps and records.
import { describe, expect, test } from 'vitest';
import {
  configurationBytes,
  configurationObject,
  heldBy,
  readConfiguration,
} from '../../../../src/cluster/objects/configuration-object.ts';
import { parseReleases, release, releaseKey, type ReleaseRecord } from '../../../../src/core/release.ts';

const environment = { name: 'prod', vars: { THEME: 'dark' }, secrets: { TOKEN: 'f1' }, configuration: 'd1' };
const later = { ...environment, vars: { THEME: 'light' }, configuration: 'd2' };
const request = (id: string) => ({ id, by: 'jane', reason: 'because', at: '2026-01-02T03:04:05Z' });
const config = (revision: number) => `shop-config-prod-${revision}`;

const first = release(undefined, { version: 'v1', manifestDigest: 'm1', config: config(1) }, request('1'));
const stored = [
  [1, environment],
  [2, later],
].flatMap(
  ([revision, each]) =>
    readConfiguration(configurationObject('shop', revision as number, each as typeof environment)) ?? [],
);

function held(record: ReleaseRecord, name: string, configurations = stored) {
  const releases = parseReleases({ [releaseKey('prod', 'shop')]: JSON.stringify(record) });
  return heldBy({ app: 'shop', name }, releases, configurations).held.map((each) => ({
    configuration: each.environment.configuration,
    isInForce: each.isInForce,
  }));
}

test('an object says what it was made of, and can be changed by nobody', () => {
  const object = configurationObject('shop', 1, environment);
  expect(object).toMatchObject({ metadata: { name: config(1) }, immutable: true });
  expect(readConfiguration(object)).toEqual({ name: config(1), app: 'shop', environment });
});

test('the same configuration is the same text, whatever the order of its keys', () => {
  const { configuration, secrets, vars, name } = environment;
  expect(configurationObject('shop', 1, { configuration, secrets, vars, name }).data).toEqual(
    configurationObject('shop', 1, environment).data,
  );
});

test('its size is that of the text, in bytes', () => {
  const [text = ''] = Object.values(configurationObject('shop', 1, environment).data ?? {});
  expect(configurationBytes(environment)).toBe(Buffer.byteLength(text));
  const wide = { ...environment, vars: { THEME: 'ä' } };
  expect(configurationBytes(wide)).toBe(configurationBytes({ ...environment, vars: { THEME: 'aa' } }));
});

test('one that is damaged is none', () => {
  expect(readConfiguration({ ...configurationObject('shop', 1, environment), data: {} })).toBeUndefined();
});

describe('what a version holds on to', () => {
  test('is what it is released with, and what it was released with before', () => {
    expect(held(first, 'v1')).toEqual([{ configuration: 'd1', isInForce: true }]);
    expect(held(first, 'v2')).toEqual([]);
    const second = release(first, { version: 'v2', manifestDigest: 'm2', config: config(2) }, request('2'));
    expect(held(second, 'v2')).toEqual([{ configuration: 'd2', isInForce: true }]);
    expect(held(second, 'v1')).toEqual([{ configuration: 'd1', isInForce: true }]);
  });

  test('is in force once where it was released twice: the later one', () => {
    const again = release(first, { version: 'v1', manifestDigest: 'm1', config: config(2) }, request('2'));
    expect(held(again, 'v1')).toEqual([
      { configuration: 'd2', isInForce: true },
      { configuration: 'd1', isInForce: false },
    ]);
  });

  test('is only kept for a rollback where it was released anew without one', () => {
    const again = release(first, { version: 'v1', manifestDigest: 'm1' }, request('2'));
    expect(held(again, 'v1')).toEqual([{ configuration: 'd1', isInForce: false }]);
  });

  test('is told once where both releases hold on to the same', () => {
    const again = release(first, { version: 'v1', manifestDigest: 'm1', config: config(1) }, request('2'));
    expect(held(again, 'v1')).toEqual([{ configuration: 'd1', isInForce: true }]);
  });

  test('is nothing where it is gone, which is told where it was in force', () => {
    expect(held(first, 'v1', stored.slice(1))).toEqual([]);
    const lostBy = (record: ReleaseRecord, configurations = stored) => {
      const releases = parseReleases({ [releaseKey('prod', 'shop')]: JSON.stringify(record) });
      return heldBy({ app: 'shop', name: 'v1' }, releases, configurations).lost;
    };
    expect(lostBy(first)).toEqual([]);
    expect(lostBy(first, [])).toEqual(['prod']);
    const second = release(first, { version: 'v2', manifestDigest: 'm2' }, request('2'));
    expect(lostBy(second, [])).toEqual(['prod']);
    const again = release(first, { version: 'v1', manifestDigest: 'm1' }, request('2'));
    expect(lostBy(again, [])).toEqual([]);
  });
});
