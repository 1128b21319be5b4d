// Summaries in Markdown: tables that hold whatever names and texts there are.
import { expect, test } from 'vitest';
import type { DeployResult } from '../../../src/actions/deploy.ts';
import type { ReleaseResult } from '../../../src/actions/release.ts';
import { FoxError } from '../../../src/core/errors.ts';
import { deploySummary, errorSummary, releaseSummary } from '../../../src/output/markdown.ts';

const deployed: DeployResult = {
  schema: 'fox/v1',
  kind: 'deploy',
  app: 'shop',
  cluster: { kind: 'embedded', state: 'running', namespace: 'default' },
  settings: [],
  scale: [],
  services: [],
  forks: { workloads: 0, pods: 0 },
  version: 'v2',
  commit: '4c9e5cc50d1b4c9e5cc50d1b4c9e5cc50d1b4c9e',
  virtualEnv: 'default',
  mutable: false,
  dirty: false,
  exists: false,
  components: [
    {
      name: 'api',
      action: 'build',
      reason: 'its files changed since a|b_c\n<b>',
      workload: 'w',
      sourceHash: 's',
      sharedWith: [],
    },
    { name: 'web', action: 'none', reason: 'unchanged', workload: 'w', sourceHash: 's', sharedWith: ['v1'] },
  ],
  builds: 1,
  workloads: { create: 1, keep: 1 },
  pods: { before: 2, after: 3 },
  unchanged: false,
  dryRun: false,
  access: 'open',
  url: 'http://127.0.0.1:1/?kf-dep=v2&kf-ve=default',
};

test('a deploy is a table of its components, and where it is', () => {
  expect(deploySummary(deployed)).toBe(`### \`shop v2\` is deployed in \`default\`

| Component |  | Why |
| --- | --- | --- |
| api | built | its files changed since a\\|b\\_c \\<b\\> |
| web | unchanged | unchanged |

From commit \`4c9e5cc50d1b\` · 1 image built, 1 workload created, 1 shared; pods 2 → 3 · <http://127.0.0.1:1/?kf-dep=v2&kf-ve=default>
`);
});

test('a deploy that changed nothing, or would change something, says so', () => {
  expect(deploySummary({ ...deployed, unchanged: true })).toContain('is deployed already in');
  expect(deploySummary({ ...deployed, dryRun: true })).toContain('would be deployed in');
});

const released: ReleaseResult = {
  schema: 'fox/v1',
  kind: 'release',
  app: 'shop',
  virtualEnv: 'team-a',
  version: 'v2',
  previous: 'v1',
  revision: 3,
  state: 'active',
  created: 0,
  routers: { acked: 2, total: 2 },
  unchanged: false,
  dryRun: false,
};

test('a release says how to return', () => {
  const text = releaseSummary(released);
  expect(text).toContain('### `shop` is released as `v2` in `team-a`');
  expect(text).toContain('| team-a | v1 | v2 | 3 | 2/2 |');
  expect(text).toContain('`fox rollback` returns to `v1`.');
});

test('a rollback, a first release, and one that changes nothing', () => {
  expect(releaseSummary({ ...released, kind: 'rollback' })).toContain('`shop` is rolled back to `v2`');
  const { previous: _, ...first } = released;
  expect(releaseSummary(first)).not.toContain('returns to');
  expect(releaseSummary({ ...released, unchanged: true })).toContain('has released already');
});

test('an error is told with its cause, whatever that holds', () => {
  const error = new FoxError('WORKLOAD_FAILED', 'web *failed*', {
    details: ['```', 'log'],
    hints: ['Try `x`.'],
  });
  expect(errorSummary('deploy', error)).toBe(
    '### `fox deploy` failed\n\nweb \\*failed\\*\n\n````\n```\nlog\n````\n\n- Try `x`.\n',
  );
});
