// fox release · fox rollback · fox history: moving plain traffic, and who did.
import type { HistoryOptions } from '../../actions/history.ts';
import type { ReleaseOptions, ReleaseResult } from '../../actions/release.ts';
import type { CommandDefinition, OptionDefinition } from '../command-definition.ts';
import { asking } from '../confirm.ts';
import { dryRunOption, virtualEnvOption, yesOption } from '../options.ts';
import { showResult, summaryOption } from '../summary.ts';

const reasonOption: OptionDefinition = { flags: '--reason <text>', description: 'why, for the history' };

const summary = async (result: ReleaseResult) =>
  (await import('../../output/markdown.ts')).releaseSummary(result);

export const releaseCommand: CommandDefinition = {
  name: 'release',
  summary: 'Send plain traffic of a virtual environment to a version of the whole app',
  group: 'Release',
  arguments: [{ name: 'version', description: 'deployed version', required: true }],
  options: [virtualEnvOption, reasonOption, dryRunOption, summaryOption, yesOption],
  examples: ['release v2 --virtual-env team-a', 'release v2', "release v2 -e team-a --reason 'new checkout'"],
  run: async (input, context) => {
    const { release } = await import('../../actions/release.ts');
    const { releaseText } = await import('../../output/text/release.ts');
    const act = async () => release(input as unknown as ReleaseOptions, asking(input, context));
    await showResult({ command: 'release', act, text: releaseText, summary }, input, context);
  },
};

export const rollbackCommand: CommandDefinition = {
  name: 'rollback',
  summary: 'Return to what was released before in a virtual environment',
  group: 'Release',
  options: [virtualEnvOption, reasonOption, dryRunOption, summaryOption, yesOption],
  examples: ['rollback --virtual-env team-a'],
  run: async (input, context) => {
    const { rollback } = await import('../../actions/release.ts');
    const { releaseText } = await import('../../output/text/release.ts');
    const act = async () => rollback(input, context);
    await showResult({ command: 'rollback', act, text: releaseText, summary }, input, context);
  },
};

export const historyCommand: CommandDefinition = {
  name: 'history',
  summary: 'Show who released what, when and why',
  group: 'Release',
  options: [{ ...virtualEnvOption, description: 'only this virtual environment' }],
  examples: ['history', 'history -e team-a -o json'],
  run: async (input, context) => {
    const { history } = await import('../../actions/history.ts');
    const { historyText } = await import('../../output/text/release.ts');
    await context.output.result(await history(input as HistoryOptions, context), historyText);
  },
};
