// fox plan · fox deploy: what would run, and running it.
import type { DeployOptions } from '../../actions/plan.ts';
import type { CommandDefinition, OptionDefinition } from '../command-definition.ts';
import { dryRunOption, virtualEnvOption } from '../options.ts';

const versionArgument = {
  name: 'version',
  description: 'name of the version (default: the tag at the commit, else the branch)',
  required: false,
};

const revisionOptions: readonly OptionDefinition[] = [
  { flags: '--version <name>', description: 'the same as the argument' },
  { flags: '--commit <ref>', description: 'commit, tag or branch to take instead of what is checked out' },
  {
    flags: '--dirty',
    description: 'take uncommitted changes along; the version is marked and can be replaced',
  },
  virtualEnvOption,
];

export const planCommand: CommandDefinition = {
  name: 'plan',
  summary: 'Show what a deploy would build and run, and why',
  group: 'Deploy',
  arguments: [versionArgument],
  options: revisionOptions,
  examples: ['plan', 'plan v2', 'plan v2 --commit feature/x -o json'],
  run: async (input, context) => {
    const { plan } = await import('../../actions/plan.ts');
    const { planText } = await import('../../output/text/deployment.ts');
    await context.output.result(await plan(input as DeployOptions, context), planText);
  },
};

export const deployCommand: CommandDefinition = {
  name: 'deploy',
  summary: 'Build and run what changed, and keep every version reachable',
  group: 'Deploy',
  arguments: [versionArgument],
  options: [
    ...revisionOptions,
    dryRunOption,
    {
      flags: '--force-conflicts',
      description: 'take over fields of Services, autoscalers and budgets that somebody else manages',
    },
  ],
  examples: [
    'deploy v2',
    'deploy',
    'deploy v1.4.0 --commit v1.4.0',
    'deploy --dirty',
    'deploy v2 -e team-a --timeout 5m',
  ],
  run: async (input, context) => {
    const { deploy } = await import('../../actions/deploy.ts');
    const { deployText } = await import('../../output/text/deployment.ts');
    await context.output.result(await deploy(input as DeployOptions, context), deployText);
  },
};
