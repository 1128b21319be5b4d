// Who is taken to have set how many pods a Deployment has.
import type { V1ManagedFieldsEntry } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { replicasOwners } from '../../../../src/cluster/objects/replicas-owner.ts';

const replicas = { 'f:spec': { 'f:replicas': {} } };
const owners = (...managedFields: V1ManagedFieldsEntry[]) => replicasOwners({ metadata: { managedFields } });

test('whoever owns the number is named, each once, by name', () => {
  const [scale, edit] = ['kubectl', 'kube-controller-manager'].map((manager) => ({
    manager,
    fieldsV1: replicas,
  }));
  expect(owners({ ...scale, subresource: 'scale' }, { ...edit }, { ...scale })).toEqual([
    'kube-controller-manager',
    'kubectl',
  ]);
});

test('fox is not, nor who owns something else, nor anybody where no record is kept', () => {
  expect(owners({ manager: 'fox', subresource: 'scale', fieldsV1: replicas })).toEqual([]);
  expect(owners({ manager: 'kubectl', fieldsV1: { 'f:spec': { 'f:paused': {} } } })).toEqual([]);
  expect(replicasOwners({})).toEqual([]);
});
