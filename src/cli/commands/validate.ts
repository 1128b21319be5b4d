// fox validate: checks the config.
import type { CommandDefinition } from '../command-definition.ts';

export const validateCommand: CommandDefinition = {
  name: 'validate',
  summary: 'Check the config and list every problem',
  group: 'Deploy',
  examples: ['validate'],
  run: async (input, context) => {
    const { validate } = await import('../../actions/validate.ts');
    const { validateText } = await import('../../output/text/lists.ts');
    await context.output.result(await validate(input, context), validateText);
  },
};
