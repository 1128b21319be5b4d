// fox delete · fox prune: what leaves.
import type { DeleteOptions } from '../../actions/delete-version.ts';
import type { PruneOptions } from '../../actions/prune.ts';
import type { CommandDefinition } from '../command-definition.ts';
import { dryRunOption, yesOption } from '../options.ts';
import { confirm } from '../confirm.ts';

export const deleteCommand: CommandDefinition = {
  name: 'delete',
  summary: 'Delete a version, and the workloads that only it uses',
  group: 'Tidy',
  arguments: [{ name: 'version', description: 'deployed version that is not released', required: true }],
  options: [
    { flags: '--ignore-not-found', description: "it's all right if there is no such version" },
    dryRunOption,
    yesOption,
  ],
  examples: ['delete v1', 'delete v1 --dry-run', 'delete feature/x --ignore-not-found'],
  run: async (input, context) => {
    const { deleteVersion } = await import('../../actions/delete-version.ts');
    const { deleteText } = await import('../../output/text/lists.ts');
    const options = input as unknown as DeleteOptions;
    if (options.dryRun !== true) {
      const planned = await deleteVersion({ ...options, dryRun: true }, context);
      const workloads =
        planned.workloads.length === 1 ? 'one workload' : `${planned.workloads.length} workloads`;
      const question = `Delete ${planned.app} ${planned.version}, and with it ${workloads}?`;
      if (planned.existed || planned.workloads.length > 0) await confirm(question, input, context);
    }
    await context.output.result(await deleteVersion(options, context), deleteText);
  },
};

export const pruneCommand: CommandDefinition = {
  name: 'prune',
  summary: 'Remove workloads and images that nothing wants any more',
  group: 'Tidy',
  options: [dryRunOption, yesOption],
  examples: ['prune --dry-run', 'prune --yes'],
  run: async (input, context) => {
    const { prune } = await import('../../actions/prune.ts');
    const { pruneText } = await import('../../output/text/lists.ts');
    const options = input as PruneOptions;
    if (options.dryRun !== true) {
      const planned = await prune({ ...options, dryRun: true }, context);
      if (planned.items.length > 0)
        await confirm(`Remove ${planned.items.map(({ name }) => name).join(', ')}?`, input, context);
    }
    await context.output.result(await prune(options, context), pruneText);
  },
};
