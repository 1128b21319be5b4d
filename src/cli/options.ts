// Options that mean the same in every command, each with a FOX_* twin.
import { isNamespace, isRegistryPrefix } from '../core/cluster-names.ts';
import { FoxError } from '../core/errors.ts';
import type { OptionDefinition } from './command-definition.ts';

/** Options of every command. */
export const commonOptions: readonly OptionDefinition[] = [
  { flags: '--app <name>', description: 'app to work on: its name, or the directory of its config' },
  {
    flags: '--context <name>',
    description:
      "cluster to work on: a context of the kubeconfig, in-cluster, or embedded (default: the config's)",
  },
  {
    flags: '-n, --namespace <name>',
    description: "namespace of that cluster (default: the config's, else the context's)",
    parse: parseNamespace,
  },
  {
    flags: '--registry <prefix>',
    description: "where images are pushed to, e.g. registry.example.com/order (default: the config's)",
    parse: parseRegistry,
  },
  {
    flags: '-o, --output <format>',
    description: 'how the result is shown',
    choices: ['text', 'json', 'yaml'],
  },
  {
    flags: '--timeout <duration>',
    description: 'how long to wait, e.g. 90s or 5m (default: 2m)',
    parse: parseDuration,
  },
  { flags: '--quiet', description: 'show only results, warnings and errors' },
  { flags: '--verbose', description: 'show what build commands print, and more of errors' },
  { flags: '--no-color', description: 'no colours' },
];

export const virtualEnvOption: OptionDefinition = {
  flags: '-e, --virtual-env <name>',
  description: 'virtual environment (default: defaultEnvironment of the config)',
};

export const dryRunOption: OptionDefinition = {
  flags: '--dry-run',
  description: 'show what would happen and change nothing',
};

export const yesOption: OptionDefinition = { flags: '--yes', description: "don't ask" };

/** Milliseconds of `90s`, `5m`, `1h`, `250ms` or a plain number of seconds. @throws FoxError USAGE. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[match?.[2] ?? 's'];
  const milliseconds = Number(match?.[1]) * (unit ?? 0);
  if (match === null || milliseconds <= 0 || milliseconds > 24 * 3_600_000) {
    throw new FoxError('USAGE', `"${text}" is no duration`, { hints: ['Write 30s, 5m or 1h; at most 24h.'] });
  }
  return milliseconds;
}

/** A namespace's name. @throws FoxError USAGE. */
export function parseNamespace(text: string): string {
  if (isNamespace(text)) return text;
  throw new FoxError('USAGE', `"${text}" can't be the name of a namespace`, {
    hints: ['It has lower-case letters, digits and "-", at most 63.'],
  });
}

/** A registry with a path below it. @throws FoxError USAGE. */
export function parseRegistry(text: string): string {
  if (isRegistryPrefix(text)) return text;
  throw new FoxError('USAGE', `"${text}" is no registry`, {
    hints: ['Write it as images are named, without a scheme: registry.example.com:5000/order.'],
  });
}

/** A whole number from 0 on. @throws FoxError USAGE. */
export function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new FoxError('USAGE', `"${text}" is not a whole number`);
  return Number(text);
}

/** A port number. @throws FoxError USAGE. */
export function parsePort(text: string): number {
  const port = parseCount(text);
  if (port < 1 || port > 65_535) throw new FoxError('USAGE', `${text} is no port: ports are 1 to 65535`);
  return port;
}

/** The long form of an option: `--virtual-env`. */
export function longFlag(flags: string): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? '';
}

/** Name of an option's environment variable: `--virtual-env` → `FOX_VIRTUAL_ENV`. */
function environmentVariable(flags: string): string {
  return `FOX_${longFlag(flags).slice(2).toUpperCase().replaceAll('-', '_')}`;
}

/**
 * What one command is about belongs to its line: a shell or a CI may have variables of these names for things of its own,
 * be it a secret's value.
 */
const onlyTyped: ReadonlySet<string> = new Set([
  'FOX_VERSION',
  'FOX_SECRET',
  'FOX_SECRETS',
  'FOX_NAME',
  'FOX_FILE',
]);

/** Values of options that the environment gives, by name. @throws FoxError USAGE naming the variable. */
export function optionsFromEnvironment(
  options: readonly OptionDefinition[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const option of options) {
    const variable = environmentVariable(option.flags);
    const text = env[variable];
    if (text === undefined || text === '' || onlyTyped.has(variable)) continue;
    const name = longFlag(option.flags).replace(/^--(no-)?/, '');
    const key = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (option.flags.includes('<')) {
      const texts = option.repeatable === true ? text.split(',').map((each) => each.trim()) : [text];
      const given = texts.map((each) => valueFrom(variable, each, option));
      values[key] = option.repeatable === true ? given : given[0];
    } else if (!/^(0|false|no|off)$/i.test(text)) values[key] = !option.flags.includes('--no-');
  }
  return values;
}

function valueFrom(variable: string, text: string, { choices, parse }: OptionDefinition): unknown {
  if (choices?.includes(text) === false)
    throw new FoxError('USAGE', `${variable} is "${text}"; allowed are ${choices.join(', ')}`);
  try {
    return parse === undefined ? text : parse(text);
  } catch (error) {
    if (!(error instanceof FoxError)) throw error;
    throw new FoxError(error.code, `${variable}: ${error.message}`, { hints: error.hints });
  }
}
