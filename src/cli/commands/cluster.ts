// fox cluster start|stop|status|kubeconfig: the embedded cluster.
import type { ClusterStartOptions } from '../../actions/cluster.ts';
import type { CommandDefinition } from '../command-definition.ts';
import { parsePort } from '../options.ts';

export const clusterStartCommand: CommandDefinition = {
  name: 'cluster start',
  summary: 'Start the embedded cluster (other commands do so when they need it)',
  group: 'Cluster',
  options: [
    {
      flags: '--port <number>',
      description: 'port of the Kubernetes API (default: the one it had, else a free one)',
      parse: parsePort,
    },
    {
      flags: '--edge-port <number>',
      description: 'port of the router (default: the one it had, else a free one)',
      parse: parsePort,
    },
  ],
  examples: ['cluster start', 'cluster start --edge-port 8080'],
  run: async (input, context) => {
    const { clusterStart } = await import('../../actions/cluster.ts');
    const { clusterText } = await import('../../output/text/lists.ts');
    await context.output.result(await clusterStart(input as ClusterStartOptions, context), clusterText);
  },
};

export const clusterStopCommand: CommandDefinition = {
  name: 'cluster stop',
  summary: 'Stop the embedded cluster and its pods; its data stays',
  group: 'Cluster',
  examples: ['cluster stop'],
  run: async (input, context) => {
    const { clusterStop } = await import('../../actions/cluster.ts');
    const { clusterText } = await import('../../output/text/lists.ts');
    await context.output.result(await clusterStop(input, context), clusterText);
  },
};

export const clusterStatusCommand: CommandDefinition = {
  name: 'cluster status',
  summary: 'Show whether the embedded cluster runs, and where',
  group: 'Cluster',
  examples: ['cluster status -o json'],
  run: async (input, context) => {
    const { clusterStatus } = await import('../../actions/cluster.ts');
    const { clusterText } = await import('../../output/text/lists.ts');
    await context.output.result(await clusterStatus(input, context), clusterText);
  },
};

export const clusterKubeconfigCommand: CommandDefinition = {
  name: 'cluster kubeconfig',
  summary: "Print the path of the embedded cluster's kubeconfig, for kubectl",
  group: 'Cluster',
  examples: ['cluster kubeconfig'],
  run: async (input, context) => {
    const { clusterKubeconfig } = await import('../../actions/cluster.ts');
    const { kubeconfigText } = await import('../../output/text/lists.ts');
    await context.output.result(await clusterKubeconfig(input, context), kubeconfigText);
  },
};
