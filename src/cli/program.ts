// Makes commander's program from the command table: parsing, help, and the FOX_* twins of options.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { FoxError } from '../core/errors.ts';
import type { CommandDefinition, CommandInput, OptionDefinition } from './command-definition.ts';
import { commandTable, groupSummaries } from './command-table.ts';
import { commonOptions, optionsFromEnvironment } from './options.ts';
import { usageError } from './usage-error.ts';

/** A command line that was understood: which command, with what. */
export interface ParsedCommand {
  readonly definition: CommandDefinition;
  readonly input: CommandInput;
}

/** Where help goes, and what the environment says. */
export interface ProgramIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  write(text: string): void;
}

/**
 * Parses a command line (without `node` and `fox`). Undefined when help or the version was shown instead.
 * @throws FoxError USAGE.
 */
export function parseCommandLine(
  args: readonly string[],
  version: string,
  io: ProgramIo,
): ParsedCommand | undefined {
  let parsed: ParsedCommand | undefined;
  const program = makeProgram(version, io, (definition, input) => {
    parsed = { definition, input };
  });
  try {
    program.parse(args.length === 0 ? ['--help'] : [...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw usageError(error, args);
  }
  return parsed;
}

function makeProgram(
  version: string,
  io: ProgramIo,
  onParsed: (definition: CommandDefinition, input: CommandInput) => void,
): Command {
  const program = new Command('fox')
    .description(
      'Deploy many versions of a many-component app to Kubernetes, run only what changed, and release one by moving a pointer.',
    )
    .version(version, '-V, --version', 'print the version of fox')
    .enablePositionalOptions()
    .helpCommand('help [command]', 'show help for a command')
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: (text) => io.write(text), writeErr: () => undefined })
    .exitOverride()
    .addHelpText(
      'after',
      '\nEach option can also be given as an environment variable: --virtual-env is FOX_VIRTUAL_ENV.\nStart with `fox demo`, or `fox init` in an empty directory.',
    );
  for (const option of commonOptions) program.addOption(makeOption(option));
  for (const definition of commandTable) addCommand(program, definition, io, onParsed);
  return program;
}

function addCommand(
  program: Command,
  definition: CommandDefinition,
  io: ProgramIo,
  onParsed: (definition: CommandDefinition, input: CommandInput) => void,
): void {
  const words = definition.name.split(' ');
  const name = words.at(-1) ?? '';
  const parent = words.length === 1 ? program : groupOf(program, words[0] ?? '', definition.group);
  const command = parent
    .command(name)
    .description(definition.summary)
    .exitOverride()
    .allowExcessArguments(false);
  if (words.length === 1) command.helpGroup(`${definition.group}:`);
  for (const argument of definition.arguments ?? []) {
    const term = argument.variadic === true ? `${argument.name}...` : argument.name;
    command.argument(argument.required ? `<${term}>` : `[${term}]`, argument.description);
  }
  for (const option of definition.options ?? []) command.addOption(makeOption(option));
  for (const option of commonOptions)
    command.addOption(makeOption(option).helpGroup('Options of every command:'));
  command.addHelpText(
    'after',
    `\nExamples:\n${definition.examples.map((example) => `  $ fox ${example}`).join('\n')}`,
  );
  command.action(() => onParsed(definition, inputOf(definition, program, command, io.env)));
}

function groupOf(program: Command, name: string, heading: CommandDefinition['group']): Command {
  const existing = program.commands.find((command) => command.name() === name);
  return (
    existing ??
    program
      .command(name)
      .description(groupSummaries[name] ?? name)
      .helpGroup(`${heading}:`)
      .exitOverride()
  );
}

function makeOption({ flags, description, choices, parse, repeatable }: OptionDefinition): Option {
  const option = new Option(flags, description);
  if (choices !== undefined) option.choices([...choices]);
  if (parse !== undefined || repeatable === true) {
    option.argParser((text: string, before: unknown) => {
      try {
        const value = parse === undefined ? text : parse(text);
        return repeatable === true ? [...(Array.isArray(before) ? (before as unknown[]) : []), value] : value;
      } catch (error) {
        throw error instanceof FoxError
          ? new InvalidArgumentError([error.message, ...error.hints].join('. '))
          : error;
      }
    });
  }
  return option;
}

/** Options and arguments by name. What is typed counts more than the environment, behind the command more than before it. */
function inputOf(
  definition: CommandDefinition,
  program: Command,
  command: Command,
  env: ProgramIo['env'],
): CommandInput {
  const options = [...(definition.options ?? []), ...commonOptions];
  const typed = { ...typedOptions(program), ...typedOptions(command) };
  const input: Record<string, unknown> = { ...optionsFromEnvironment(options, env), ...typed };
  for (const [index, { name }] of (definition.arguments ?? []).entries()) {
    const value = command.processedArgs[index] as unknown;
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    const key = name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (typed[key] !== undefined && typed[key] !== value) {
      throw new FoxError(
        'USAGE',
        `two different names were given: ${JSON.stringify(value)} and --${name} ${JSON.stringify(typed[key])}`,
        { hints: ['Give one of them.'] },
      );
    }
    input[key] = value;
  }
  return input;
}

function typedOptions(command: Command): Record<string, unknown> {
  const typed = Object.entries(command.opts()).filter(
    ([name]) => command.getOptionValueSource(name) === 'cli',
  );
  return Object.fromEntries(typed);
}
