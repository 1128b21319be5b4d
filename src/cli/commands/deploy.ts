// fox plan · fox deploy: what would run, and running it.
import type { DeployResult } from '../../actions/deploy.ts';
import type { DeployOptions } from '../../actions/plan.ts';
import type { CommandDefinition } from '../command-definition.ts';
import { asking } from '../confirm.ts';
import { offeringInstall } from '../install-offer.ts';
import { dryRunOption, virtualEnvOption, yesOption } from '../options.ts';
import { builderOption, revisionOptions, versionArgument } from '../revision-options.ts';
import { showResult, summaryOption } from '../summary.ts';

const summary = async (result: DeployResult) =>
  (await import('../../output/markdown.ts')).deploySummary(result);

export const planCommand: CommandDefinition = {
  name: 'plan',
  summary: 'Show what a deploy would build and run, and why',
  group: 'Deploy',
  arguments: [versionArgument],
  options: [...revisionOptions, virtualEnvOption],
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
    virtualEnvOption,
    builderOption,
    dryRunOption,
    summaryOption,
    {
      ...yesOption,
      description:
        "don't ask: install the routers first where there are none, as FOX_BASE and the other variables of `fox install` say; create a virtual environment also by a name near another's",
    },
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
    const act = async () =>
      offeringInstall(input, context, async (each) => deploy(input, asking(input, each)));
    await showResult({ command: 'deploy', act, text: deployText, summary }, input, context);
  },
};
