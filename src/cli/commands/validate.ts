// fox validate: checks the config, and virtual environments against it.
import type { ValidateOptions } from '../../actions/validate.ts';
import type { CommandDefinition } from '../command-definition.ts';
import { virtualEnvOption } from '../options.ts';
import { standardInputText } from '../standard-input.ts';
import { invalidIn } from '../validation-error.ts';

export const validateCommand: CommandDefinition = {
  name: 'validate',
  summary: 'Check the config and list every problem',
  group: 'Deploy',
  options: [
    {
      ...virtualEnvOption,
      description: 'list what it lacks in this virtual environment; may be given several times',
      repeatable: true,
    },
    { flags: '--all-envs', description: 'in every virtual environment' },
    {
      flags: '-f, --file <path>',
      description:
        'take the virtual environments from this file or directory, and ask no cluster; - is standard input',
      repeatable: true,
    },
    { flags: '--commit <ref>', description: 'commit, tag or branch to check instead of the work tree' },
  ],
  examples: ['validate', 'validate -e team-a', 'validate --all-envs', 'validate -f environments/'],
  run: async (input, context) => {
    const { validate } = await import('../../actions/validate.ts');
    const { validateText } = await import('../../output/text/validation.ts');
    const standardInput = async () => standardInputText(context);
    const result = await validate({ ...(input as ValidateOptions), standardInput }, context);
    await context.output.result(result, validateText);
    if (!result.valid) throw invalidIn(result, { inFiles: input['file'] !== undefined });
  },
};
