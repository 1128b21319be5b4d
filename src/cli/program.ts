// Makes commander's program from the command table: parsing, help, and the FOX_* twins of options.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { FoxError } from '../core/errors.ts';
import { didYouMean } from '../core/names.ts';
import type { CommandDefinition, CommandInput, OptionDefinition } from './command-definition.ts';
import { commandTable, groupSummaries } from './command-table.ts';
import { commonOptions, environmentVariable } from './options.ts';

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

const exitHint = '`fox --help` lists the commands, `fox <command> --help` shows one with examples.';

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
    throw usageError(error);
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
  for (const option of commonOptions) program.addOption(makeOption(option, io));
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
  const parent = words.length === 1 ? program : groupOf(program, words[0] ?? '');
  const command = parent
    .command(name)
    .description(definition.summary)
    .exitOverride()
    .allowExcessArguments(false);
  if (words.length === 1) command.helpGroup(`${definition.group}:`);
  for (const argument of definition.arguments ?? []) {
    command.argument(argument.required ? `<${argument.name}>` : `[${argument.name}]`, argument.description);
  }
  for (const option of [...(definition.options ?? []), ...commonOptions])
    command.addOption(makeOption(option, io));
  command.addHelpText(
    'after',
    `\nExamples:\n${definition.examples.map((example) => `  $ fox ${example}`).join('\n')}`,
  );
  command.action(() => onParsed(definition, inputOf(definition, program, command)));
}

function groupOf(program: Command, name: string): Command {
  const existing = program.commands.find((command) => command.name() === name);
  return (
    existing ??
    program
      .command(name)
      .description(groupSummaries[name] ?? name)
      .helpGroup('Cluster:')
      .exitOverride()
  );
}

function makeOption({ flags, description, choices, parse }: OptionDefinition, io: ProgramIo): Option {
  const option = new Option(flags, description);
  if (choices !== undefined) option.choices([...choices]);
  if (parse !== undefined) {
    option.argParser((text: string) => {
      try {
        return parse(text);
      } catch (error) {
        throw error instanceof FoxError
          ? new InvalidArgumentError([error.message, ...error.hints].join('. '))
          : error;
      }
    });
  }
  // A version name belongs to a command line; FOX_VERSION would rather be taken for fox's own.
  const variable = environmentVariable(flags);
  if (variable !== 'FOX_VERSION' && io.env[variable] !== undefined && io.env[variable] !== '')
    option.env(variable);
  return option;
}

/** Options and arguments by name. Common options may stand before the command, too; behind it they count more. */
function inputOf(definition: CommandDefinition, program: Command, command: Command): CommandInput {
  const input: Record<string, unknown> = { ...command.opts(), ...program.opts() };
  for (const [name, value] of Object.entries(command.opts())) {
    if (command.getOptionValueSource(name) !== 'default') input[name] = value;
  }
  for (const [index, { name }] of (definition.arguments ?? []).entries()) {
    const value = command.processedArgs[index] as unknown;
    if (value === undefined) continue;
    if (input[name] !== undefined && input[name] !== value) {
      throw new FoxError(
        'USAGE',
        `two different names were given: ${JSON.stringify(value)} and --${name} ${JSON.stringify(input[name])}`,
      );
    }
    input[name] = value;
  }
  return input;
}

function usageError(error: CommanderError): FoxError {
  // A group without a command, as in `fox cluster`.
  if (error.code === 'commander.help')
    return new FoxError('USAGE', 'a command is missing', { hints: [exitHint] });
  const message = error.message.replace(/^error: /, '').replace(/\.$/, '');
  const unknown = /unknown command '([^']*)'|too many arguments/.exec(message)?.[1];
  const guess =
    unknown === undefined
      ? undefined
      : didYouMean(
          unknown,
          commandTable.map(({ name }) => name),
        );
  return new FoxError('USAGE', message, {
    hints: [...(guess === undefined ? [] : [`Did you mean \`fox ${guess}\`?`]), exitHint],
  });
}
