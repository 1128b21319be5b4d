// fox env edit: a virtual environment in an editor.
import type { CommandDefinition } from '../command-definition.ts';
import { environmentArgument, environmentOption, namedEnvironment } from '../environment-argument.ts';
import { dryRunOption } from '../options.ts';

export const envEditCommand: CommandDefinition = {
  name: 'env edit',
  summary: 'Edit what a virtual environment says, in $VISUAL or $EDITOR',
  group: 'Environments',
  arguments: [environmentArgument],
  options: [environmentOption, dryRunOption],
  examples: ['env edit team-a', 'env edit team-a --dry-run'],
  run: async (input, context) => {
    const virtualEnv = namedEnvironment(input, 'env edit');
    const { chosenEditor, keepText } = await import('../editor.ts');
    const { editEnvironment } = await import('../../actions/environments/edit.ts');
    const { environmentChangeText } = await import('../../output/text/environment-change.ts');
    const file = `${virtualEnv}.yaml`;
    const edit = chosenEditor(file, instead(virtualEnv), context);
    const keep = async (text: string) => keepText(file, text);
    const isOnce = context.terminal === undefined;
    const options = { ...input, virtualEnv, edit, keep, isOnce };
    await context.output.result(await editEnvironment(options, context), environmentChangeText);
  },
};

function instead(name: string): string[] {
  return [
    `\`fox env set -e ${name} NAME=value\` sets one value (with --create, where there is no ${name} yet), \`fox env unset -e ${name} NAME\` removes it.`,
    '`fox env apply -f <file>` takes all of it from a file.',
  ];
}
