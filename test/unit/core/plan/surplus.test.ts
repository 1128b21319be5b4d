// Which pods a plan takes away: those beyond the most that anybody wants, where fox has set their number.
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../../src/core/environments/environment.ts';
import { makePlan, type Plan, type PlanInput } from '../../../../src/core/plan/plan.ts';
import type { VersionManifest } from '../../../../src/core/version/manifest.ts';
import { workloadKey, workloadsOf } from '../../../../src/core/version/workload.ts';
import { manifestOf } from '../version/identity-fixture.ts';

const dev: Environment = { name: 'dev', vars: {} };
const known = new Map([['dev', dev]]);
const wanting = (version: string, replicas: number) => manifestOf(version, { web: { replicas } });
const keyOf = (manifest: VersionManifest) =>
  [...workloadsOf(manifest, dev).values()].map(workloadKey)[0] ?? '';
const key = keyOf(wanting('v1', 1));

/** A plan of what wants one pod, while three run. */
const planWith = (input: Partial<PlanInput> = {}): Plan =>
  makePlan({
    manifest: wanting('main', 1),
    environments: [dev],
    versions: [],
    known,
    running: new Map([[key, 3]]),
    ...input,
  });

describe('a workload with more pods than its version wants', () => {
  test('loses those that nobody wants, and the plan says so', () => {
    const plan = planWith();
    expect(plan).toMatchObject({
      scale: [],
      fewer: [{ before: 3, replicas: 1 }],
      pods: { before: 3, after: 1 },
    });
    expect(plan.components[0]?.reason).toBe('runs already, with 3 pods: is scaled to 1');
  });

  test('also where this version is the one that wanted more', () => {
    const replaces = { manifest: wanting('main', 3), runsIn: ['dev'] };
    expect(planWith({ replaces, position: 0 }).fewer).toMatchObject([{ replicas: 1 }]);
  });

  test('keeps the most that another one wants, be it released', () => {
    const v1 = { manifest: wanting('v1', 2), runsIn: ['dev'] };
    expect(planWith({ versions: [v1] }).fewer).toMatchObject([{ replicas: 2 }]);
    const held = [{ environment: { ...dev, name: 'prod' }, isInForce: false }];
    const v2 = { manifest: wanting('v2', 3), runsIn: [], held };
    expect(planWith({ versions: [v1, v2] })).toMatchObject({ fewer: [], pods: { after: 3 } });
  });

  test('is left alone where somebody else has set the number, and told', () => {
    const plan = planWith({ setBy: new Map([[key, 'kubectl']]) });
    expect(plan).toMatchObject({ fewer: [], pods: { before: 3, after: 3 } });
    expect(plan.components[0]?.reason).toBe(
      'runs already, with 3 pods: left alone, as kubectl has set that; 1 is wanted',
    );
  });

  test('is left alone while nobody can tell what others want, and by autoscalers', () => {
    expect(planWith({ isUnclear: true }).fewer).toEqual([]);
    const plain = wanting('v1', 1);
    const web = plain.components['web'];
    if (web === undefined) throw new Error('it has a component');
    const settings = { autoscale: { min: 1, max: 5, cpu: 80 } };
    const scaled = { ...plain, components: { web: { ...web, settings } } };
    expect(planWith({ versions: [{ manifest: scaled, runsIn: ['dev'] }] }).fewer).toEqual([]);
  });
});

test('what a release of the version holds on to keeps its pods', () => {
  const env = { COLOR: { type: 'string', required: false, default: 'red' } } as const;
  const manifest = manifestOf('main', { web: { env, replicas: 3 } });
  const blue: Environment = { name: 'prod', vars: { COLOR: 'blue' } };
  const [held = ''] = [...workloadsOf(manifest, blue).values()].map(workloadKey);
  const other = { manifest: manifestOf('v1', { web: { env, replicas: 1 } }), runsIn: ['prod'] };
  const plan = planWith({
    manifest,
    versions: [other],
    replaces: { manifest, runsIn: ['dev'], held: [{ environment: blue, isInForce: false }] },
    known: new Map([...known, ['prod', blue]]),
    running: new Map([
      [keyOf(manifest), 3],
      [held, 3],
    ]),
  });
  expect(plan.fewer).toEqual([]);
});

test('what a version no longer uses has as many pods as those want who still do', () => {
  const manifest = manifestOf('main', { web: { replicas: 1, source: 'other' } });
  const versions = [{ manifest: wanting('v1', 2), runsIn: ['dev'] }];
  const running = new Map([
    [key, 3],
    [keyOf(manifest), 1],
  ]);
  expect(planWith({ manifest, versions, running })).toMatchObject({
    fewer: [{ before: 3, replicas: 2 }],
    pods: { before: 4, after: 3 },
  });
});
