// The text of a deploy: where the version is reached, or what reaches it.
import { expect, test } from 'vitest';
import type { DeployResult } from '../../../src/actions/deploy.ts';
import { makeStyle } from '../../../src/output/style.ts';
import { deployText } from '../../../src/output/text/deployment.ts';

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
  services: [],
  pods: { before: 0, after: 1 },
  unchanged: false,
  dryRun: false,
};

test('a version that no address leads to comes with the proxy that does', () => {
  const text = deployText(deployed, makeStyle(false));
  expect(text).toContain('No address leads there');
  expect(text).toContain('fox proxy --version v2 -e team-a');
  const reached = deployText({ ...deployed, url: 'https://shop.example.com/?kf-dep=v2' }, makeStyle(false));
  expect(reached).toContain('https://shop.example.com/?kf-dep=v2');
  expect(reached).not.toContain('proxy');
});
