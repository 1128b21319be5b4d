// The text of a deploy: where the version is reached, or what reaches it.
import { expect, test } from 'vitest';
import type { DeployResult } from '../../../src/actions/deploy.ts';
import { makeStyle } from '../../../src/output/style.ts';
import { deployText, planText } from '../../../src/output/text/deployment.ts';

const deployed: DeployResult = {
  schema: 'fox/v1',
  kind: 'deploy',
  app: 'shop',
  cluster: { kind: 'kubernetes', context: 'dev', server: 'https://x', namespace: 'shop', state: 'running' },
  version: 'v2',
  commit: '0'.repeat(40),
  virtualEnv: 'team-a',
  mutable: false,
  dirty: false,
  exists: false,
  components: [],
  builds: 1,
  workloads: { create: 1, keep: 0 },
  settings: [],
  scale: [],
  services: [],
  forks: { workloads: 0, pods: 0 },
  pods: { before: 0, after: 1 },
  unchanged: false,
  dryRun: false,
  access: 'open',
};

test('a version that no address leads to comes with the proxy that does', () => {
  const text = deployText(deployed, makeStyle(false));
  expect(text).toContain('No address leads there');
  expect(text).toContain('fox proxy --version v2 -e team-a');
  const reached = deployText({ ...deployed, url: 'https://shop.example.com/?kf-dep=v2' }, makeStyle(false));
  expect(reached).toContain('https://shop.example.com/?kf-dep=v2');
  expect(reached).not.toContain('proxy');
});

test('a version that not everybody may ask for comes with what leads there', () => {
  const signed = deployText({ ...deployed, access: 'signed' }, makeStyle(false));
  expect(signed).toContain('must be signed');
  expect(signed).toContain('fox open v2 -e team-a');
  const internal = { ...deployed, access: 'internal' } as const;
  expect(deployText(internal, makeStyle(false))).toContain('fox proxy --version v2 -e team-a');
  const embedded = {
    ...internal,
    cluster: { kind: 'embedded', namespace: 'fox', state: 'running' },
  } as const;
  expect(deployText(embedded, makeStyle(false))).toContain('No URL names it');
  expect(deployText(embedded, makeStyle(false))).not.toContain('proxy');
});

test('a plan names what only this environment runs, what that costs, and what would spare some of it', () => {
  const instead = { version: 'v2', environment: 'dev' };
  const component = {
    action: 'reuse',
    workload: '',
    sourceHash: '',
    reason: 'a reason',
    sharedWith: [],
  } as const;
  const components = [
    { ...component, name: 'ui', fork: { because: 'own', names: ['THEME'], instead, pods: 2 } },
    { ...component, name: 'worker', fork: { because: 'callee', names: ['ui'], instead, pods: 1 } },
    { ...component, name: 'api' },
  ] as const;
  const plan = { ...deployed, components, forks: { workloads: 2, pods: 3 } };
  expect(planText(plan, makeStyle(false)).split('\n').slice(-2)).toEqual([
    'For team-a alone: ui, worker (3 pods)',
    '  `forwardsContext: true` on worker would spare 1 pod, where it passes the `baggage` header on',
  ]);
  const own = planText({ ...plan, components: components.slice(0, 1) }, makeStyle(false));
  expect(own).toContain('For team-a alone: ui (');
  expect(own).not.toContain('forwardsContext');
  expect(planText(deployed, makeStyle(false))).not.toContain('alone');
});
