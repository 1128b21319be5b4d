import { expect, it } from 'vitest';
import { type Part, type Right, rightLines, rightsOf, roleOf } from '../../../src/cluster/rights.ts';

const parts: readonly Part[] = ['reader', 'deployer', 'installer'];

function textOf({ verb, resource, subresource }: Right): string {
  return [verb, resource, subresource].join(' ');
}

function secretVerbs(part: Part): string[] {
  return rightsOf(part).flatMap(({ verb, resource }) => (resource === 'secrets' ? verb : []));
}

it.each(parts)('the Role of a %s grants exactly its rights', (part) => {
  const { metadata, rules = [] } = roleOf(part, 'orders');
  const granted = rules.flatMap(({ apiGroups, resources, verbs }) =>
    (resources ?? []).flatMap((resource) =>
      verbs.map((verb) => `${verb} ${resource} ${apiGroups?.join() ?? ''}`),
    ),
  );
  const groups: Record<string, string> = {
    deployments: 'apps',
    replicasets: 'apps',
    leases: 'coordination.k8s.io',
  };
  expect(metadata).toMatchObject({ name: `fox-${part}`, namespace: 'orders' });
  expect(granted).toHaveLength(rightsOf(part).length);
  for (const { verb, resource, subresource } of rightsOf(part)) {
    const name = subresource === undefined ? resource : `${resource}/${subresource}`;
    expect(granted.some((each) => each.startsWith(`${verb} ${name} ${groups[resource] ?? ''}`))).toBe(true);
  }
  expect(rules.flatMap(({ resources, verbs }) => [...(resources ?? []), ...verbs])).not.toContain('*');
});

it('a reader only reads', () => {
  expect(new Set(rightsOf('reader').map(({ verb }) => verb))).toEqual(new Set(['get', 'list', 'watch']));
});

it('who may do more may do all that those before may do', () => {
  const texts = parts.map((part) => new Set(rightsOf(part).map(textOf)));
  const [reader = new Set(), deployer = new Set(), installer = new Set()] = texts;
  expect([...reader].filter((right) => !deployer.has(right))).toEqual([]);
  expect([...deployer].filter((right) => !installer.has(right))).toEqual([]);
});

it('who reads sees no Secret, and nobody watches or replaces them', () => {
  expect(secretVerbs('reader')).toEqual([]);
  for (const part of ['deployer', 'installer'] as const)
    expect(secretVerbs(part)).toEqual(['get', 'list', 'create', 'patch', 'delete']);
});

it('rights are told by collection', () => {
  const rights: Right[] = [
    { verb: 'get', resource: 'pods', subresource: 'log' },
    { verb: 'create', resource: 'deployments' },
    { verb: 'patch', resource: 'deployments' },
  ];
  expect(rightLines(rights)).toEqual(['pods/log: get', 'deployments (apps): create, patch']);
});
