// Which pods of a namespace nobody wants any more, and whose numbers they are.
import { describe, expect, test } from 'vitest';
import { surplusPods } from '../../../../src/actions/rollout/scaling.ts';
import type { NamespaceState } from '../../../../src/cluster/namespace.ts';
import type { DeployedWorkload } from '../../../../src/cluster/objects/workload-object.ts';
import { workloadsOf } from '../../../../src/core/version/workload.ts';
import { manifestOf } from '../../core/version/identity-fixture.ts';
import { namespaceOf } from '../namespace-fixture.ts';

const v1 = manifestOf('v1', { web: { replicas: 1 } });

/** A namespace in which three pods run of what wants one. */
function stateWith(more: Partial<DeployedWorkload>, runsIn = ['dev']): NamespaceState {
  const state = namespaceOf({ versions: [{ manifest: v1, runsIn }], environments: [{ name: 'dev' }] });
  const workloads = [...workloadsOf(v1, { name: 'dev', vars: {} }).values()].map((workload) => ({
    name: workload.component,
    app: workload.app,
    component: workload.component,
    hash: workload.hash.slice(0, 40),
    fullHash: workload.hash,
    sourceHash: workload.definition.sourceHash,
    image: workload.definition.image,
    wantedBy: 'v1',
    commit: '',
    createdAt: '',
    replicas: 3,
    available: 3,
    ready: true,
    ...more,
  }));
  return { ...state, workloads };
}

const settings = JSON.stringify({ autoscale: { min: 2, max: 5, cpu: 80 } });

describe('pods beyond what any version wants', () => {
  test('are found where fox has set their number, or an autoscaler that it has made and nobody wants any more', () => {
    expect(surplusPods(stateWith({}))).toMatchObject([{ before: 3, replicas: 1 }]);
    const byAutoscaler = { replicasSetBy: ['kube-controller-manager'], settings };
    expect(surplusPods(stateWith(byAutoscaler))).toMatchObject([{ before: 3, replicas: 1 }]);
  });

  test.each([
    ['somebody', { replicasSetBy: ['kubectl'] }],
    ['somebody beside an autoscaler', { replicasSetBy: ['kube-controller-manager', 'kubectl'], settings }],
    ['an autoscaler of others', { replicasSetBy: ['kube-controller-manager'], settings: '{"maxSurge":1}' }],
    ['nobody knows whose autoscaler', { replicasSetBy: ['kube-controller-manager'], settings: '{' }],
  ])('are left where the number is set by %s', (_, more) => {
    expect(surplusPods(stateWith(more))).toEqual([]);
  });

  test('are left while a virtual environment is missing, which may want them', () => {
    expect(surplusPods(stateWith({}, ['dev', 'gone']))).toEqual([]);
  });
});
