// fox validate: checks the config.
import type { CommandDefinition } from '../command-definition.ts';

export const validateCommand: CommandDefinition = {
  name: 'validate',
  summary: 'Check the config and list every problem',
  group: 'Deploy',
  examples: ['validate'],
  run: async (input, context) => {
    const [{ validate }, { validateText }] = await Promise.all([
      import('../../actions/validate.ts'),
      import('../../output/text/lists.ts'),
    ]);
    await context.output.result(await validate(input, context), validateText);
  },
};
