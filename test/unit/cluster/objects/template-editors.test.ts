// Who is taken to have changed what a Deployment's pods are made of.
import type { V1ManagedFieldsEntry } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { templateEditors } from '../../../../src/cluster/objects/template-editors.ts';

const image = {
  'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { 'f:image': {} } } } } },
};
const restart = { 'f:spec': { 'f:template': { 'f:metadata': { 'f:annotations': {} } } } };
const replicas = { 'f:spec': { 'f:replicas': {} } };

const editors = (...managedFields: V1ManagedFieldsEntry[]) =>
  templateEditors({ metadata: { managedFields } });

describe('who owns fields of the pods', () => {
  test('is named, each once, by name', () => {
    const [set, edit] = ['kubectl-set', 'kubectl-edit'].map((manager) => ({ manager, fieldsV1: image }));
    expect(editors({ ...set }, { ...edit }, { ...set, operation: 'Apply' })).toEqual([
      'kubectl-edit',
      'kubectl-set',
    ]);
  });

  test.each(['fox', 'node', 'unknown', 'kubectl-rollout'])('is not named if it is %s', (manager) => {
    expect(editors({ manager, fieldsV1: image })).toEqual([]);
  });
});

describe('who does something else', () => {
  test.each([
    ['restarts', { manager: 'somebody', fieldsV1: restart }],
    ['scales', { manager: 'kubectl', subresource: 'scale', fieldsV1: replicas }],
    ['scales by an edit', { manager: 'kubectl-edit', fieldsV1: replicas }],
    [
      'notes the state',
      { manager: 'kube-controller-manager', subresource: 'status', fieldsV1: { 'f:status': {} } },
    ],
    ['owns nothing', { manager: 'somebody' }],
  ])('%s', (_what, entry) => {
    expect(editors(entry)).toEqual([]);
  });

  test('or a cluster that keeps no record', () => {
    expect(templateEditors({ metadata: { name: 'web' } })).toEqual([]);
    expect(templateEditors({})).toEqual([]);
  });
});
