// A command line that was not understood: what is wrong with it, and what was most likely meant.
import type { CommanderError } from 'commander';
import { FoxError } from '../core/errors.ts';
import { didYouMean } from '../core/names.ts';
import { commandTable, groupSummaries } from './command-table.ts';
import { commonOptions, longFlag } from './options.ts';

const helpHint = '`fox --help` lists the commands, `fox <command> --help` shows one with examples.';

/** The error for what commander says of a command line. */
export function usageError(error: CommanderError, args: readonly string[]): FoxError {
  const helpOn = args[0] === 'help' ? args[1] : undefined;
  if (helpOn !== undefined) return refusal(`unknown command '${helpOn}'`, nearestCommand([helpOn]));
  // A group without a command, as in `fox cluster`.
  if (error.code === 'commander.help') return refusal('a command is missing', undefined);
  const message = error.message.replace(/^error: /, '').replace(/\.$/, '');
  return refusal(message, suggestion(error.code, /'([^']*)'/.exec(message)?.[1] ?? '', args));
}

function refusal(message: string, guess: string | undefined): FoxError {
  return new FoxError('USAGE', message, {
    hints: [...(guess === undefined ? [] : [`Did you mean \`${guess}\`?`]), helpHint],
  });
}

function suggestion(code: string, given: string, args: readonly string[]): string | undefined {
  const words = args.filter((arg) => !arg.startsWith('-'));
  if (code === 'commander.unknownCommand') {
    const before = words[words.indexOf(given) - 1] ?? '';
    const isGroup = commandTable.some(({ name }) => name.startsWith(`${before} `));
    return nearestCommand(isGroup ? [before, given] : [given]);
  }
  if (code !== 'commander.unknownOption') return undefined;
  const command = commandTable.find(({ name }) => ` ${words.join(' ')} `.includes(` ${name} `));
  const known = [...(command?.options ?? []), ...commonOptions].map(({ flags }) => longFlag(flags));
  return didYouMean(given.replace(/=.*$/, ''), known);
}

function nearestCommand(words: readonly string[]): string | undefined {
  const all = commandTable.map(({ name }) => name);
  const names = [...all, ...Object.keys(groupSummaries)].filter(
    (name) => name.split(' ').length === words.length,
  );
  const guess = didYouMean(words.join(' '), names);
  return guess === undefined ? undefined : `fox ${guess}`;
}
