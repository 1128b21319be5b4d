// What is installed of the keeper: a pod without rights on its node, and a Role that can't read Secrets.
import type { V1Deployment, V1PolicyRule, V1Role, V1RoleBinding } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { keeperObjects } from '../../../../src/cluster/keeper/keeper-objects.ts';
import { rightsOf } from '../../../../src/cluster/rights.ts';

const objects = keeperObjects({
  namespace: 'orders',
  foxVersion: '1.2.3',
  image: {
    name: 'registry.example.com/fox/router@sha256:abc',
    pullPolicy: 'Never',
    pullSecrets: ['fox-pull'],
  },
});

function the(kind: string): unknown {
  const found = objects.find((object) => object.kind === kind);
  if (found === undefined) throw new Error(`there is no ${kind}`);
  return found;
}

function rules(): V1PolicyRule[] {
  return (the('Role') as V1Role).rules ?? [];
}

test('all are of fox, and of the keeper', () => {
  expect(objects.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'Role', 'RoleBinding', 'Deployment']);
  for (const { metadata } of objects) {
    expect(metadata).toMatchObject({ name: 'fox-keeper', namespace: 'orders' });
    expect(metadata?.labels).toMatchObject({
      'app.kubernetes.io/managed-by': 'fox',
      'kubefox.io/kind': 'keeper',
    });
    expect(metadata?.annotations).toMatchObject({ 'kubefox.io/fox-version': '1.2.3' });
  }
  expect((the('RoleBinding') as V1RoleBinding).roleRef.name).toBe('fox-keeper');
});

test('it may delete Secrets, but not read them; and nothing by wildcards', () => {
  const ofSecrets = rules().filter(({ resources }) => resources?.includes('secrets'));
  expect(ofSecrets.map(({ verbs }) => verbs)).toEqual([['delete']]);
  const words = rules().flatMap(({ apiGroups, resources, verbs }) =>
    [apiGroups, resources, verbs].flatMap((each) => each ?? []),
  );
  expect(words).not.toContain('*');
});

test('whoever installs it has all rights that it is given, or the API would refuse', () => {
  const held = new Set(rightsOf('installer').map(({ verb, resource }) => `${verb} ${resource}`));
  const given = rules().flatMap(({ resources = [], verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
  );
  expect(given.filter((right) => !held.has(right))).toEqual([]);
});

test('its pod runs the other program of the routers’ image, as nobody', () => {
  const { template, replicas } = (the('Deployment') as V1Deployment).spec ?? {};
  expect(replicas).toBe(1);
  const { containers = [], ...pod } = template?.spec ?? {};
  expect(pod).toMatchObject({
    serviceAccountName: 'fox-keeper',
    imagePullSecrets: [{ name: 'fox-pull' }],
    securityContext: { runAsNonRoot: true },
  });
  expect(containers).toMatchObject([
    {
      image: 'registry.example.com/fox/router@sha256:abc',
      imagePullPolicy: 'Never',
      command: expect.arrayContaining(['/app/keeper.js']),
      securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    },
  ]);
  // It collects garbage before the node ends it.
  const heap = /--max-old-space-size=(\d+)/.exec(containers[0]?.command?.join(' ') ?? '')?.[1];
  const limit = /^(\d+)Mi$/.exec(String(containers[0]?.resources?.limits?.['memory']))?.[1];
  expect(Number(limit) - Number(heap)).toBeGreaterThanOrEqual(100);
  // Their Services must not find it.
  expect(template?.metadata?.labels?.['app.kubernetes.io/name']).toBe('fox-keeper');
});
