// Workloads that don't become ready on a real cluster: each cause is found in what that cluster says. Needs one with nodes.
import type { V1Deployment } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitForWorkloads } from '../../src/actions/rollout/workload-wait.ts';
import { Namespace } from '../../src/cluster/namespace.ts';
import { FoxError } from '../../src/core/errors.ts';
import { label, managedBy } from '../../src/core/labels.ts';
import { ApplyingCluster, hasNodes, nodeImage } from './applying-cluster.ts';

if (!hasNodes)
  process.stderr.write('FOX_TEST_KUBECONFIG and FOX_TEST_REGISTRY are not set: failing pods are skipped\n');

let cluster: ApplyingCluster;
beforeAll(async () => {
  if (hasNodes) cluster = await ApplyingCluster.open();
});
afterAll(async () => {
  if (hasNodes) await cluster.end();
});

interface Sample {
  /** How its container differs from one that waits for ever. */
  readonly container?: object;
  readonly pod?: object;
}

function deployment(name: string, { container = {}, pod = {} }: Sample): V1Deployment {
  const selector = { [label.component]: name };
  const labels = { ...selector, [label.managedBy]: managedBy };
  const command = ['node', '-e', 'setInterval(() => {}, 1000)'];
  // As fox's own: without one a container is ready as soon as it runs.
  const readinessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 1 };
  const containers = [{ name, image: nodeImage, command, readinessProbe, ...container }];
  const spec = { terminationGracePeriodSeconds: 1, containers, ...pod };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: { selector: { matchLabels: selector }, template: { metadata: { labels }, spec } },
  };
}

function run(program: string): object {
  return { command: ['node', '-e', program] };
}

const registry = nodeImage.split('/')[0] ?? '';
const serve = (status: number) =>
  run(`require('http').createServer((q, r) => { r.statusCode = ${status}; r.end() }).listen(8080)`);
const probe = (period: number) => ({
  httpGet: { path: '/', port: 8080 },
  periodSeconds: period,
  failureThreshold: 2,
});

describe.skipIf(!hasNodes)('a pod', () => {
  test.concurrent.each<[string, Sample, string, RegExp]>([
    [
      'no-image',
      { container: { image: `${registry}/no-such/image:1` } },
      'WORKLOAD_FAILED',
      /can't be pulled: .*not found/,
    ],
    [
      'crash',
      { container: run('console.log("last words"); process.exit(3)') },
      'WORKLOAD_FAILED',
      /exit code 3$/,
    ],
    [
      'memory',
      {
        container: {
          ...run('const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))'),
          resources: { limits: { memory: '64Mi' } },
        },
      },
      'WORKLOAD_FAILED',
      /used more memory than it may \(its limit is 64Mi\)/,
    ],
    [
      'command',
      { container: { command: ['no-such-program'] } },
      'WORKLOAD_FAILED',
      /"no-such-program": executable file not found/,
    ],
    [
      'secret',
      { container: { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'missing', key: 'x' } } }] } },
      'WORKLOAD_FAILED',
      /secret "missing" not found/,
    ],
    [
      'account',
      { pod: { serviceAccountName: 'missing' } },
      'WORKLOAD_FAILED',
      /serviceaccount "missing" not found/,
    ],
    [
      'node',
      { pod: { nodeSelector: { no: 'such-node' } } },
      'TIMED_OUT',
      /no node takes its pod: .*selector/,
    ],
    [
      'volume',
      {
        container: { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
        pod: { volumes: [{ name: 'v', secret: { secretName: 'missing' } }] },
      },
      'TIMED_OUT',
      /secret "missing" not found/,
    ],
    [
      'unready',
      { container: { ...serve(503), readinessProbe: probe(1) } },
      'TIMED_OUT',
      /Readiness probe failed: .*503/,
    ],
    [
      'unhealthy',
      { container: { ...serve(500), readinessProbe: probe(1), livenessProbe: probe(1) } },
      'TIMED_OUT',
      /(?:Liveness|Readiness) probe failed/,
    ],
  ])(
    '%s',
    async (name, sample, code, message) => {
      await cluster.client.create('deployments', deployment(name, sample));
      const timeout = code === 'TIMED_OUT' ? 8_000 : 60_000;
      const place = { cluster: { kind: 'kubernetes', context: 'test' } as const, timeout };
      const namespace = new Namespace(cluster.client, 'kubernetes');
      const quiet = { emit: () => undefined };
      const never = new AbortController().signal;
      const error = await waitForWorkloads(namespace, new Set([name]), place, quiet, never).catch(
        (reason: unknown) => reason,
      );
      if (!(error instanceof FoxError)) throw new Error('it did not fail as expected', { cause: error });
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
      expect(name === 'crash' ? error.details.join() : 'last words').toContain('last words');
    },
    90_000,
  );
});
