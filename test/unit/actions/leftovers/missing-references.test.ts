// What releases and versions name that isn't there or can't be used; nothing of such apps is removed.
import { describe, expect, test } from 'vitest';
import {
  missingReferences,
  missingText,
  refuseMissing,
} from '../../../../src/actions/leftovers/missing-references.ts';
import { unwantedWorkloads } from '../../../../src/actions/leftovers/unwanted.ts';
import type { DeployedWorkload } from '../../../../src/cluster/objects/workload-object.ts';
import { configurationFor } from '../../../../src/core/environments/configuration.ts';
import type { Environment } from '../../../../src/core/environments/environment.ts';
import { shortHash } from '../../../../src/core/labels.ts';
import { workloadsOf } from '../../../../src/core/version/workload.ts';
import { manifestOf } from '../../core/version/identity-fixture.ts';
import { namespaceOf, recordOf } from '../namespace-fixture.ts';

const theme = { THEME: { type: 'string', required: false } } as const;
const v1 = manifestOf('v1', { web: { env: theme } });
const versions = [{ manifest: v1, runsIn: ['prod'] }];
const held = configurationFor(v1, { name: 'prod', vars: { THEME: 'dark' } });
const configurations = [{ app: 'shop', revision: 1, environment: held }];
const config = 'shop-config-prod-1';

function workloadIn(environment: Environment): DeployedWorkload {
  const [workload] = [...workloadsOf(v1, environment).values()];
  if (workload === undefined) throw new Error('v1 has a component');
  const { app, component, hash, definition } = workload;
  return {
    name: `${component}-${hash.slice(0, 8)}`,
    app,
    component,
    hash: shortHash(hash),
    fullHash: hash,
    sourceHash: definition.sourceHash,
    image: '',
    wantedBy: 'v1',
    commit: '',
    createdAt: '',
    replicas: 1,
    available: 1,
    ready: true,
  };
}

describe('a configuration that a release holds on to', () => {
  const releases = { prod: { shop: recordOf('v1', { config }) } };

  test('is wanted, whatever the environment says now', () => {
    const workloads = [workloadIn(held), workloadIn({ name: 'prod', vars: { THEME: 'light' } })];
    const environments = [{ name: 'prod', vars: { THEME: 'light' } }];
    const state = namespaceOf({ versions, environments, releases, configurations, workloads });
    expect(missingReferences(state)).toEqual([]);
    expect(unwantedWorkloads(state).map(({ workload }) => workload)).toEqual([workloads[1]]);
  });

  test('is told where it is gone, and nothing of its app is removed', () => {
    const workloads = [workloadIn(held)];
    const environments = [{ name: 'prod' }];
    const state = namespaceOf({ versions, environments, releases, workloads });
    expect(missingReferences(state)).toMatchObject([
      { kind: 'configuration', name: config, version: 'v1', environment: 'prod', isReleased: true },
    ]);
    expect(missingReferences(state).map(missingText)).toEqual([
      expect.stringContaining('`fox release v1 -e prod` takes one anew') as string,
    ]);
    expect(unwantedWorkloads(state)).toEqual([]);
    expect(() => refuseMissing(state, 'shop')).toThrowError(
      expect.objectContaining({
        code: 'IN_USE',
        message: 'the configuration of v1 in prod is missing, so that nobody can tell what shop needs',
      }),
    );
  });

  test('is told where it is gone that a rollback would restore', () => {
    const previous = { version: 'v1', manifestDigest: 'd', revision: 1, config };
    const state = namespaceOf({
      versions,
      environments: [{ name: 'prod' }],
      releases: { prod: { shop: recordOf('v1', { revision: 2, previous }) } },
    });
    expect(missingReferences(state)).toMatchObject([{ kind: 'configuration', isReleased: false }]);
    expect(() => refuseMissing(state, 'other')).not.toThrow();
    expect(() => refuseMissing(state, 'shop')).toThrowError('nobody can tell what shop needs');
  });
});

describe('an environment that can not be used', () => {
  const environments = [{ name: 'prod', parent: 'gone' }];

  test('is told with what mends it, and nothing of its apps is removed', () => {
    const workloads = [workloadIn({ name: 'prod', vars: {} })];
    const state = namespaceOf({ versions, environments, workloads });
    expect(missingReferences(state).map(missingText)).toEqual([
      "virtual environment prod can't be used, though shop v1 runs there: its parent gone doesn't exist. `fox env set -e gone --create` makes gone again, empty.",
    ]);
    expect(unwantedWorkloads(state)).toEqual([]);
    expect(() => refuseMissing(state, 'shop')).toThrowError("virtual environment prod can't be used");
  });

  test('is no harm to what a release there holds on to', () => {
    const releases = { prod: { shop: recordOf('v1', { config }) } };
    const workloads = [workloadIn(held), workloadIn({ name: 'prod', vars: {} })];
    const state = namespaceOf({ versions, environments, releases, configurations, workloads });
    expect(missingReferences(state)).toEqual([]);
    expect(unwantedWorkloads(state).map(({ workload }) => workload)).toEqual([workloads[1]]);
  });

  test('is missing where it is not there at all', () => {
    const state = namespaceOf({ versions });
    expect(missingReferences(state)).toMatchObject([{ kind: 'environment', name: 'prod' }]);
    expect(missingReferences(state)[0]).not.toHaveProperty('broken');
  });
});
