// fox env apply: virtual environments from files, or one without.
import type { ApplyOptions } from '../../actions/environments/apply.ts';
import type { CommandDefinition } from '../command-definition.ts';
import { dryRunOption } from '../options.ts';
import { standardInputText } from '../standard-input.ts';

export const envApplyCommand: CommandDefinition = {
  name: 'env apply',
  summary: 'Make virtual environments what files say of them; or make or refresh one without any file',
  group: 'Environments',
  options: [
    {
      flags: '-f, --file <path>',
      description: 'file or directory (*.yaml, *.yml, *.json), or - for what is piped in; may be repeated',
      repeatable: true,
    },
    { flags: '--name <name>', description: 'name of the only one, instead of what its file says' },
    { flags: '--from <name>', description: 'virtual environment that it inherits from, likewise' },
    { flags: '--ttl <time>', description: 'how long it lives from now on, likewise: 72h, 7d, 1h30m' },
    dryRunOption,
  ],
  examples: [
    'env apply -f environments/',
    'env apply -f environments/ --dry-run',
    'env apply --name pr-123 --from dev --ttl 72h',
    'env apply -f environments/pull-request.yaml --name pr-123',
  ],
  run: async (input, context) => {
    const { applyEnvironments } = await import('../../actions/environments/apply.ts');
    const { environmentChangeText } = await import('../../output/text/environment-change.ts');
    const { file: files } = input as { readonly file?: readonly string[] };
    const standardInput = async () => standardInputText(context);
    const options = { ...input, ...(files === undefined ? {} : { files }), standardInput } as ApplyOptions;
    await context.output.result(await applyEnvironments(options, context), environmentChangeText);
  },
};
