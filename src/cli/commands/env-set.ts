// fox env set · fox env unset: values and settings of one virtual environment.
import type { SetOptions } from '../../actions/environments/set.ts';
import type { UnsetOptions } from '../../actions/environments/unset.ts';
import { accesses, policies } from '../../core/environments/environment-definition.ts';
import { noSkew } from '../../core/environments/skew-protection.ts';
import { FoxError } from '../../core/errors.ts';
import { readAssignments, readNames } from '../assignments.ts';
import type {
  CommandContext,
  CommandDefinition,
  CommandInput,
  OptionDefinition,
} from '../command-definition.ts';
import { asking } from '../confirm.ts';
import { environmentOption, namedEnvironment } from '../environment-argument.ts';
import { dryRunOption } from '../options.ts';
import { readSecrets, secretOptions } from '../secret-input.ts';

const settingOptions: readonly OptionDefinition[] = [
  {
    flags: '--type <type>',
    description: 'type of these values (default: what is declared, else what they look like)',
    choices: ['string', 'number', 'boolean', 'array'],
  },
  { flags: '--parent <name>', description: 'virtual environment that it inherits from' },
  { flags: '--no-parent', description: 'it inherits from none' },
  {
    flags: '--host <name>',
    description: 'host whose plain requests belong to it; all of its hosts, each with --host',
    repeatable: true,
  },
  { flags: '--no-hosts', description: 'it has no host' },
  { flags: '--sub-path <segment>', description: 'first segment of paths whose plain requests belong to it' },
  { flags: '--no-sub-path', description: 'it has no sub-path' },
  { flags: '--policy <policy>', description: 'which versions can be released, and how', choices: policies },
  { flags: '--no-policy', description: "its parent's" },
  { flags: '--access <access>', description: 'who may ask for it by name from outside', choices: accesses },
  { flags: '--no-access', description: "its parent's" },
  { flags: '--sticky', description: 'browsers keep by a cookie what they have selected' },
  { flags: '--no-sticky', description: "they don't" },
  {
    flags: '--skew-protection <time>',
    description: 'how long pages get their assets from their own version once another is released: 30m, 2h',
  },
  { flags: '--no-skew-protection', description: 'not at all' },
  { flags: '--response-headers', description: 'responses tell version, environment and component' },
  { flags: '--no-response-headers', description: "they don't" },
  { flags: '--ttl <time>', description: 'how long it lives from now on: 72h, 7d, 1h30m' },
  { flags: '--pin', description: 'it lives until somebody deletes it' },
];

export const envSetCommand: CommandDefinition = {
  name: 'env set',
  summary: 'Set variables, secrets and settings of a virtual environment',
  group: 'Environments',
  arguments: [
    {
      name: 'assignments',
      description: 'the virtual environment, unless -e names it, and NAME=value for each variable',
      required: false,
      variadic: true,
    },
  ],
  options: [
    { ...environmentOption, description: 'virtual environment; also as the first word' },
    ...secretOptions,
    ...settingOptions,
    { flags: '--create', description: 'make it if there is no such virtual environment' },
    dryRunOption,
  ],
  examples: [
    'env set team-a THEME=dark PAGE=20',
    `env set -e team-a 'TAGS=["a","b"]' --host team-a.example.com`,
    'env set -e team-a --secret DB_PASSWORD',
    'env set -e team-a --parent dev --ttl 72h --create',
  ],
  run: async (input, context) => {
    const { setEnvironment } = await import('../../actions/environments/set.ts');
    const { environmentChangeText } = await import('../../output/text/environment-change.ts');
    const options = await setOptions(input, context);
    await context.output.result(await setEnvironment(options, asking(input, context)), environmentChangeText);
  },
};

async function setOptions(input: CommandInput, context: CommandContext): Promise<SetOptions> {
  const { virtualEnv: word, assignments } = readAssignments((input['assignments'] ?? []) as string[]);
  const virtualEnv = environmentOf(word, input, context);
  const { hosts, host, pin, ttl, create, skewProtection } = input;
  if (pin === true && ttl !== undefined) throw new FoxError('USAGE', '--ttl and --pin exclude each other');
  if (hosts === false && host !== undefined)
    throw new FoxError('USAGE', '--host and --no-hosts exclude each other');
  const settings = {
    ...(hosts === false ? { hosts } : host === undefined ? {} : { hosts: host as string[] }),
    ...(pin === true ? { ttl: false as const } : {}),
    ...(skewProtection === false ? { skewProtection: noSkew } : {}),
  };
  const sources = await readSecrets(input, context);
  const options = { ...input, ...settings, virtualEnv, assignments, sources } as SetOptions;
  if (assignments.size > 0 || sources.size > 0 || create === true || changesSettings(options)) return options;
  throw new FoxError('USAGE', 'nothing is said that could be set', {
    hints: [
      `Write \`fox env set ${virtualEnv} NAME=value\`; \`fox env set --help\` shows what else can be set.`,
    ],
  });
}

function changesSettings({ parent, hosts, subPath, policy, access, ttl, ...rest }: SetOptions): boolean {
  const { sticky, skewProtection, responseHeaders } = rest;
  const served = [sticky, skewProtection, responseHeaders];
  return [parent, hosts, subPath, policy, access, ttl, ...served].some((each) => each !== undefined);
}

/** A word counts more than the environment's FOX_VIRTUAL_ENV, and must not contradict an option. */
function environmentOf(word: string | undefined, input: CommandInput, { env }: CommandContext): string {
  const option = input['virtualEnv'];
  if (word === undefined) return namedEnvironment(input, 'env set');
  if (option === undefined || option === word || option === env['FOX_VIRTUAL_ENV']) return word;
  throw new FoxError(
    'USAGE',
    `two virtual environments are named, ${word} and ${option as string}; or is ${word} to be NAME=value?`,
  );
}

export const envUnsetCommand: CommandDefinition = {
  name: 'env unset',
  summary: 'Remove variables and secrets from a virtual environment; what it inherits counts then',
  group: 'Environments',
  arguments: [
    {
      name: 'names',
      description: 'the virtual environment, unless -e names it, and names of variables and secrets',
      required: false,
      variadic: true,
    },
  ],
  options: [
    { ...environmentOption, description: 'virtual environment; also as the first word' },
    { flags: '--ignore-not-found', description: "it's all right if there is no such value" },
    dryRunOption,
  ],
  examples: ['env unset team-a THEME', 'env unset -e team-a THEME DB_PASSWORD'],
  run: async (input, context) => {
    const { unsetEnvironment } = await import('../../actions/environments/unset.ts');
    const { environmentChangeText } = await import('../../output/text/environment-change.ts');
    await context.output.result(
      await unsetEnvironment(unsetOptions(input, context), context),
      environmentChangeText,
    );
  },
};

function unsetOptions(input: CommandInput, { env }: CommandContext): UnsetOptions {
  const option = input['virtualEnv'] as string | undefined;
  const { virtualEnv: word, names } = readNames((input['names'] ?? []) as string[], {
    isNamed: option !== undefined,
    isTyped: option !== env['FOX_VIRTUAL_ENV'],
  });
  const virtualEnv = word ?? namedEnvironment(input, 'env unset');
  if (names.length > 0) return { ...input, virtualEnv, names };
  throw new FoxError('USAGE', 'nothing is named that could be unset', {
    hints: [`Write \`fox env unset ${virtualEnv} NAME\`; \`fox env show ${virtualEnv}\` shows what it says.`],
  });
}
