// fox env list · show · diff: looking at virtual environments.
import type { CommandDefinition } from '../command-definition.ts';
import { environmentArgument, environmentOption, namedEnvironment } from '../environment-argument.ts';

export const envListCommand: CommandDefinition = {
  name: 'env list',
  summary: 'List the virtual environments, and what runs and is released there',
  group: 'Environments',
  examples: ['env list', 'env list -o json'],
  run: async (input, context) => {
    const { listEnvironments } = await import('../../actions/environments/list.ts');
    const { environmentListText } = await import('../../output/text/environments.ts');
    await context.output.result(await listEnvironments(input, context), environmentListText);
  },
};

export const envShowCommand: CommandDefinition = {
  name: 'env show',
  summary: 'Show what is in force in a virtual environment, and what needs it',
  group: 'Environments',
  arguments: [environmentArgument],
  options: [
    environmentOption,
    { flags: '--origin', description: 'with where each value comes from, and what it overrides' },
  ],
  examples: ['env show team-a', 'env show team-a --origin', 'env show -e team-a -o json'],
  run: async (input, context) => {
    const { showEnvironment } = await import('../../actions/environments/show.ts');
    const { environmentText } = await import('../../output/text/environment.ts');
    const withOrigin = input['origin'] === true;
    const options = { ...input, virtualEnv: namedEnvironment(input, 'env show') };
    await context.output.result(await showEnvironment(options, context), (shown, style) =>
      environmentText(shown, style, withOrigin),
    );
  },
};

export const envDiffCommand: CommandDefinition = {
  name: 'env diff',
  summary: 'Show what two virtual environments say differently',
  group: 'Environments',
  arguments: [
    { name: 'one', description: 'virtual environment', required: true },
    { name: 'other', description: 'virtual environment to compare it with', required: true },
  ],
  examples: ['env diff dev team-a', 'env diff team-a team-b -o json'],
  run: async (input, context) => {
    const { diffEnvironments } = await import('../../actions/environments/diff.ts');
    const { environmentDiffText } = await import('../../output/text/environments.ts');
    const options = { ...input, one: String(input['one']), other: String(input['other']) };
    await context.output.result(await diffEnvironments(options, context), environmentDiffText);
  },
};
