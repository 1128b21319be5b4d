// fox env delete: a virtual environment leaves, and what runs only there.
import type { DeleteEnvironmentOptions, DeleteEnvironmentResult } from '../../actions/environments/delete.ts';
import type { CommandDefinition } from '../command-definition.ts';
import { confirm } from '../confirm.ts';
import { environmentArgument, environmentOption, namedEnvironment } from '../environment-argument.ts';
import { dryRunOption, yesOption } from '../options.ts';

export const envDeleteCommand: CommandDefinition = {
  name: 'env delete',
  summary: 'Delete a virtual environment, and the workloads that run only there',
  group: 'Environments',
  arguments: [environmentArgument],
  options: [
    environmentOption,
    { flags: '--end-releases', description: 'also what is released there: nobody is served there any more' },
    { flags: '--ignore-not-found', description: "it's all right if there is no such virtual environment" },
    dryRunOption,
    yesOption,
  ],
  examples: ['env delete team-a', 'env delete team-a --dry-run', 'env delete pr-123 --end-releases --yes'],
  run: async (input, context) => {
    const { deleteEnvironment } = await import('../../actions/environments/delete.ts');
    const { endingLines, environmentDeletionText } =
      await import('../../output/text/environment-deletion.ts');
    const options: DeleteEnvironmentOptions = { ...input, virtualEnv: namedEnvironment(input, 'env delete') };
    if (options.dryRun !== true && input['yes'] !== true && context.terminal !== undefined) {
      const planned = await deleteEnvironment({ ...options, dryRun: true }, context);
      for (const text of endingLines(planned)) context.emit({ type: 'info', text });
      if (planned.existed) await confirm(question(planned), input, context);
    }
    await context.output.result(await deleteEnvironment(options, context), environmentDeletionText);
  },
};

function question({ name, releases }: DeleteEnvironmentResult): string {
  const loss = releases.length === 0 ? '' : 'Nobody will be served there any more. ';
  return `${loss}Delete virtual environment ${name}?`;
}
