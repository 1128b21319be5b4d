// Settings in no hash: what several versions together ask for, and which workloads have something else.
import { describe, expect, test } from 'vitest';
import type { VersionManifest } from '../../../../src/core/version/manifest.ts';
import { makePlan } from '../../../../src/core/plan/plan.ts';
import { joinSettings, type WorkloadSettings } from '../../../../src/core/version/pod-settings.ts';
import { settingsText } from '../../../../src/core/plan/settings-plan.ts';
import { workloadHashes } from '../../../../src/core/version/identity.ts';
import { workloadKey, workloadsOf } from '../../../../src/core/version/workload.ts';
import { manifestOf } from '../version/identity-fixture.ts';

const dev = { name: 'dev', vars: {} };
const known = new Map([['dev', dev]]);

/** A version of one component with settings and a number of pods. */
function version(name: string, settings?: WorkloadSettings, replicas = 1): VersionManifest {
  const { components, ...manifest } = manifestOf(name, { web: { replicas } });
  const all = Object.entries(components).map(([key, component]) => [
    key,
    settings === undefined ? component : { ...component, settings },
  ]);
  return { ...manifest, components: Object.fromEntries(all) };
}

const key = workloadKey({
  app: 'shop',
  component: 'web',
  hash: [...workloadsOf(version('v1'), dev).values()][0]?.hash ?? '',
});
const scaled: WorkloadSettings = { autoscale: { min: 2, max: 4, cpu: 80 } };

/** Plans `manifest`, where older versions of these settings run with one pod and `noted` settings. */
function plan(manifest: VersionManifest, older: readonly VersionManifest[] = [], noted?: WorkloadSettings) {
  const text = settingsText(noted ?? {});
  return makePlan({
    manifest,
    environments: [dev],
    versions: older.map((each) => ({ manifest: each, runsIn: ['dev'] })),
    known,
    running: new Map([[key, 1]]),
    noted: new Map(text === undefined ? [] : [[key, text]]),
  });
}

describe('settings of several versions', () => {
  test('scale between the most that any asks for', () => {
    expect(
      joinSettings([
        { autoscale: { min: 2, max: 4, cpu: 80 } },
        undefined,
        { autoscale: { min: 1, max: 9, cpu: 50 } },
      ]),
    ).toEqual({ autoscale: { min: 2, max: 9, cpu: 50 } });
  });

  test('are otherwise those of the newest that says something', () => {
    expect(
      joinSettings([{ maxSurge: 1, disruptionBudget: { minAvailable: 1 } }, { maxSurge: '50%' }, {}]),
    ).toEqual({ maxSurge: '50%', disruptionBudget: { minAvailable: 1 } });
  });
});

describe('a plan', () => {
  test('changes no workload for its settings', () => {
    const [plain, other] = [version('v1'), version('v1', scaled)];
    expect(workloadHashes(other, dev)).toEqual(workloadHashes(plain, dev));
    expect(plan(other)).toMatchObject({ create: [] });
  });

  test('applies settings that differ, and none that are noted', () => {
    expect(plan(version('v2', scaled)).settle).toMatchObject([{ settings: scaled }]);
    expect(plan(version('v2', scaled), [], scaled).settle).toEqual([]);
    expect(plan(version('v2')).settle).toEqual([]);
  });

  test('takes settings back that nobody asks for any more, and keeps those that another version asks for', () => {
    expect(plan(version('v2'), [], scaled).settle).toMatchObject([{ settings: {} }]);
    expect(plan(version('v2'), [version('v1', scaled)], scaled).settle).toEqual([]);
  });

  test('gives new workloads their settings, too', () => {
    const input = { manifest: version('v1', scaled), environments: [dev] as const, versions: [], known };
    expect(makePlan({ ...input, running: new Map() }).settle).toMatchObject([{ settings: scaled }]);
  });

  test('sees a version that it replaces at its age, so that the next plan sees the same', () => {
    const [older, newer] = [version('main', { maxSurge: 1 }), version('v2', { maxSurge: 2 })];
    const input = {
      manifest: older,
      environments: [dev] as const,
      versions: [{ manifest: newer, runsIn: ['dev'] }],
      replaces: { manifest: older, runsIn: ['dev'] },
      known,
      running: new Map([[key, 1]]),
    };
    expect(makePlan({ ...input, position: 0 }).settle).toMatchObject([{ settings: { maxSurge: 2 } }]);
    expect(makePlan({ ...input, position: 1 }).settle).toMatchObject([{ settings: { maxSurge: 1 } }]);
  });

  test('leaves the number of pods to an autoscaler, whichever version asks for it', () => {
    expect(plan(version('v2', undefined, 3)).scale).toMatchObject([{ replicas: 3 }]);
    expect(plan(version('v2', scaled, 3)).scale).toEqual([]);
    expect(plan(version('v2', undefined, 3), [version('v1', scaled)]).scale).toEqual([]);
  });
});
