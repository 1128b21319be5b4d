// What a release or a rollback points at, by the policy of the environment and by what releases hold on to.
import { describe, expect, test } from 'vitest';
import {
  chooseRelease,
  chooseRollback,
  isReleased,
  type Move,
} from '../../../../src/actions/release/release-choice.ts';
import type { NamespaceState } from '../../../../src/cluster/namespace.ts';
import { configurationFor } from '../../../../src/core/environments/configuration.ts';
import { manifestDigest } from '../../../../src/core/version/manifest.ts';
import { configurationsOf, type ReleaseRecord } from '../../../../src/core/release.ts';
import { manifestOf } from '../../core/version/identity-fixture.ts';
import { namespaceOf, recordOf, type Sketch } from '../namespace-fixture.ts';

const web = { web: { env: { THEME: { type: 'string', required: false } as const } } };
const [v1, v2] = [manifestOf('v1', web), manifestOf('v2', web)];
const main = { ...manifestOf('main', web), mutable: true };
const versions = [v1, v2, main].map((manifest) => ({ manifest, runsIn: ['prod'] }));
const prod = { name: 'prod', policy: 'stable', vars: { THEME: 'dark' } } as const;
const move: Move = {
  app: 'shop',
  environment: 'prod',
  request: { id: 'next', by: 'jane', reason: 'because', at: '2026-01-02T03:04:05Z' },
};
const dark = configurationFor(v1, prod);
const light = configurationFor(v1, { name: 'prod', vars: { THEME: 'light' } });

function state(sketch: Sketch): NamespaceState {
  return namespaceOf({ versions, environments: [prod], ...sketch });
}

/** A release that holds on to what was taken for its revision. */
function held(version: string, revision: number, more: Partial<ReleaseRecord> = {}): ReleaseRecord {
  const manifest = version === 'v1' ? v1 : v2;
  const config = `shop-config-prod-${revision}`;
  return recordOf(version, { revision, manifestDigest: manifestDigest(manifest), config, ...more });
}

describe('a release into a stable environment', () => {
  test('holds on to what the environment says, under the name of its revision', () => {
    const { record, environment, isTaken } = chooseRelease(state({}), move, 'v1');
    expect(record).toMatchObject({ revision: 1, version: 'v1', config: 'shop-config-prod-1' });
    expect(environment).toEqual(dark);
    expect(isTaken).toBe(true);
  });

  test('of a version that can change is refused, naming the policy and the ways out', () => {
    expect(() => chooseRelease(state({}), move, 'main')).toThrowError(
      expect.objectContaining({
        code: 'REFUSED',
        message: expect.stringContaining('the policy of prod is stable: only named versions') as string,
        hints: [
          expect.stringContaining('`fox release <version> -e prod`') as string,
          expect.stringContaining('`fox env set -e prod --policy testing`') as string,
        ],
      }),
    );
  });

  test('follows a policy that is inherited', () => {
    const environments = [
      { name: 'base', policy: 'stable' as const, vars: { THEME: 'dark' } },
      { name: 'prod', parent: 'base' },
    ];
    expect(chooseRelease(state({ environments }), move, 'v1').environment).toEqual(dark);
    expect(() => chooseRelease(state({ environments }), move, 'main')).toThrowError('by inheritance');
  });

  test('is done already only while the environment says the same', () => {
    const record = held('v1', 1);
    const configurations = [{ app: 'shop', revision: 1, environment: dark }];
    const same = state({ releases: { prod: { shop: record } }, configurations });
    expect(isReleased(record, chooseRelease(same, move, 'v1'), same)).toBe(true);
    const changed = { ...same, configurations: [{ ...same.configurations[0], environment: light }] };
    const choice = chooseRelease(changed as NamespaceState, move, 'v1');
    expect(isReleased(record, choice, changed as NamespaceState)).toBe(false);
    expect(choice.record).toMatchObject({ revision: 2, config: 'shop-config-prod-2' });
    const gone = { ...same, configurations: [] };
    expect(isReleased(record, chooseRelease(gone, move, 'v1'), gone)).toBe(false);
  });
});

describe('a release into a testing environment', () => {
  const environments = [{ ...prod, policy: 'testing' as const }];

  test('holds on to nothing, whatever the version', () => {
    for (const name of ['v1', 'main']) {
      const { record, environment, isTaken } = chooseRelease(state({ environments }), move, name);
      expect(configurationsOf(record)).toEqual([]);
      expect(environment).toMatchObject({ name: 'prod', vars: { THEME: 'dark' } });
      expect(isTaken).toBe(false);
    }
  });

  test('lets go of what the release before held on to', () => {
    const record = held('v1', 1);
    const now = state({
      environments,
      releases: { prod: { shop: record } },
      configurations: [{ app: 'shop', revision: 1, environment: light }],
    });
    const choice = chooseRelease(now, move, 'v1');
    expect(isReleased(record, choice, now)).toBe(false);
    expect(choice.record).not.toHaveProperty('config');
    expect(choice.record.previous).toMatchObject({ config: 'shop-config-prod-1' });
  });
});

describe('a rollback', () => {
  const previous = { version: 'v1', manifestDigest: manifestDigest(v1), revision: 1 };

  test('restores the configuration with the version, also where the environment was deleted or is broken', () => {
    const sketch = {
      releases: {
        prod: { shop: held('v2', 2, { previous: { ...previous, config: 'shop-config-prod-1' } }) },
      },
      configurations: [{ app: 'shop', revision: 1, environment: light }],
    };
    for (const environments of [[prod], [], [{ name: 'prod', parent: 'gone' }]]) {
      const { record, environment, isTaken } = chooseRollback(state({ ...sketch, environments }), move);
      expect(record).toMatchObject({ version: 'v1', revision: 3, config: 'shop-config-prod-1' });
      expect(environment).toEqual(light);
      expect(isTaken).toBe(false);
    }
  });

  test('to a configuration that is gone is refused', () => {
    const record = held('v2', 2, { previous: { ...previous, config: 'shop-config-prod-1' } });
    expect(() => chooseRollback(state({ releases: { prod: { shop: record } } }), move)).toThrowError(
      'the configuration that it was released with, ConfigMap shop-config-prod-1, is gone',
    );
  });

  test('to what held on to nothing takes what a stable environment says now', () => {
    const record = held('v2', 2, { previous });
    const {
      record: next,
      environment,
      isTaken,
    } = chooseRollback(state({ releases: { prod: { shop: record } } }), move);
    expect(next).toMatchObject({ version: 'v1', revision: 3, config: 'shop-config-prod-3' });
    expect(environment).toEqual(dark);
    expect(isTaken).toBe(true);
  });
});

test('an environment that can not be used is refused, with what mends it', () => {
  const environments = [{ name: 'prod', parent: 'base' }];
  expect(() => chooseRelease(state({ environments }), move, 'v1')).toThrowError(
    expect.objectContaining({
      code: 'REFUSED',
      message: "virtual environment prod can't be used: its parent base doesn't exist",
      hints: [
        expect.stringContaining('`fox env set -e base --create`') as string,
        expect.stringContaining('`fox env apply -f <file>`') as string,
        expect.stringContaining('`fox env set -e prod --no-parent`') as string,
      ],
    }),
  );
});
