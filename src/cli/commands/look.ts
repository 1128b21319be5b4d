// fox status · versions · open · logs · why: looking at what is there.
import type { WhyOptions } from '../../actions/why.ts';
import type { CommandDefinition } from '../command-definition.ts';
import { parseBaseUrl } from '../install-values.ts';
import { parseCount, parseDuration, virtualEnvOption } from '../options.ts';

export const statusCommand: CommandDefinition = {
  name: 'status',
  summary: 'Show versions, components and pods as a tree, and what is released',
  group: 'Look',
  arguments: [{ name: 'version', description: 'only this version (default: all)', required: false }],
  options: [{ ...virtualEnvOption, description: 'only this virtual environment' }],
  examples: ['status', 'status v2', 'status -e team-a', 'status -o json'],
  run: async (input, context) => {
    const { status } = await import('../../actions/status.ts');
    const { statusText } = await import('../../output/text/status.ts');
    await context.output.result(await status(input, context), statusText);
  },
};

export const versionsCommand: CommandDefinition = {
  name: 'versions',
  summary: 'List the deployed versions',
  group: 'Look',
  examples: ['versions'],
  run: async (input, context) => {
    const { versions } = await import('../../actions/versions.ts');
    const { versionsText } = await import('../../output/text/lists.ts');
    await context.output.result(await versions(input, context), versionsText);
  },
};

export const openCommand: CommandDefinition = {
  name: 'open',
  summary: 'Print the URL of a version, or of what is released',
  group: 'Look',
  arguments: [
    { name: 'version', description: 'deployed version (default: what is released)', required: false },
  ],
  options: [
    virtualEnvOption,
    {
      flags: '--expires <duration>',
      description: 'how long the URL is good where it must be signed (default: 24h)',
    },
    {
      flags: '--external-url <url>',
      description: 'base URL of the routers (default: what fox install or the embedded cluster says)',
      parse: parseBaseUrl,
    },
    { flags: '--browser', description: 'open it in the browser' },
  ],
  examples: ['open v2 -e team-a', 'open --browser'],
  run: async (input, context) => {
    const { open } = await import('../../actions/open.ts');
    const { openText } = await import('../../output/text/lists.ts');
    const result = await open(input, context);
    await context.output.result(result, openText);
    if (input['browser'] === true) await (await import('../browser.ts')).openBrowser(result.url);
  },
};

export const logsCommand: CommandDefinition = {
  name: 'logs',
  summary: 'Show what the pods of a component, or of all, print',
  group: 'Look',
  arguments: [{ name: 'component', description: 'component of the app (default: all)', required: false }],
  options: [
    { flags: '--version <name>', description: 'only pods that serve this version' },
    virtualEnvOption,
    { flags: '-f, --follow', description: 'go on until Ctrl-C, over restarts and with pods that come later' },
    { flags: '--tail <lines>', description: 'only the last lines of each pod', parse: parseCount },
    {
      flags: '--since <duration>',
      description: 'only what is at most so old, e.g. 5m',
      parse: parseDuration,
    },
    { flags: '--timestamps', description: 'show when each line was printed' },
    { flags: '--previous', description: 'of the run before a restart' },
    { flags: '--container <name>', description: "another container of the pods than the component's own" },
  ],
  examples: ['logs order-ui --version v2 -f', 'logs api-server --tail 20', 'logs -f --since 5m'],
  run: async (input, context) => {
    const { logs } = await import('../../actions/logs.ts');
    const { logText } = await import('../../output/text/lists.ts');
    const withTime = input['timestamps'] === true;
    await logs(input, context, (line) =>
      context.output.row(line, (each, style) => logText(each, style, withTime)),
    );
  },
};

export const whyCommand: CommandDefinition = {
  name: 'why',
  summary: 'Explain why a workload exists: who wants it, and what makes it what it is',
  group: 'Look',
  arguments: [{ name: 'workload', description: 'Deployment, pod, hash, or component', required: true }],
  examples: ['why order-app-api-server-1f3a9c0d', 'why 1f3a9c0d', 'why order-worker'],
  run: async (input, context) => {
    const { why } = await import('../../actions/why.ts');
    const { whyText } = await import('../../output/text/lists.ts');
    await context.output.result(await why(input as unknown as WhyOptions, context), whyText);
  },
};
