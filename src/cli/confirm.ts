// Asks before something leaves: only a person at a terminal, who hasn't said --yes.
import { createInterface } from 'node:readline/promises';
import { FoxError } from '../core/errors.ts';
import type { CommandContext, CommandInput } from './command-definition.ts';

/** Returns if it may go ahead: without a terminal to ask at, the guards of the action itself suffice. @throws FoxError CANCELLED. */
export async function confirm(
  question: string,
  input: CommandInput,
  { output, signal, terminal }: CommandContext,
): Promise<void> {
  if (input['yes'] === true || terminal === undefined) return;
  output.end();
  const prompt = createInterface({ input: terminal.stdin, output: terminal.stderr });
  try {
    // Ctrl-C and Ctrl-D are an answer, too.
    const answer = await prompt.question(`${question} [y/N] `, { signal }).catch(() => 'no');
    if (/^y(es)?$/i.test(answer.trim())) return;
    throw new FoxError('CANCELLED', 'cancelled: nothing was changed');
  } finally {
    prompt.close();
  }
}

/** The context of an action that may ask before it does something unlikely; `--yes` is an answer to all of it. */
export function asking(input: CommandInput, context: CommandContext): CommandContext {
  if (input['yes'] !== true && context.terminal === undefined) return context;
  return { ...context, ask: async (question) => confirm(question, input, context) };
}
