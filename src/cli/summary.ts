// `--summary`: beside its result, a command appends to a file of Markdown what it did, or why it failed.
import { resolve } from 'node:path';
import { FoxError } from '../core/errors.ts';
import type { TextRenderer } from '../output/output.ts';
import type { CommandContext, CommandInput, OptionDefinition } from './command-definition.ts';

export const summaryOption: OptionDefinition = {
  flags: '--summary <file>',
  description: 'append a summary in Markdown to a file, such as "$GITHUB_STEP_SUMMARY"',
};

/** A command whose result can be summed up. */
export interface SummedUp<R> {
  /** Its words. */
  readonly command: string;
  readonly act: () => Promise<R>;
  readonly text: TextRenderer<R>;
  /** Renders the summary; loaded only where one is wanted. */
  readonly summary: (result: R) => Promise<string>;
}

/** Runs it, prints its result, and sums it up if that is wanted. A summary that can't be written is only a warning. */
export async function showResult<R>(
  { command, act, text, summary }: SummedUp<R>,
  input: CommandInput,
  context: CommandContext,
): Promise<void> {
  const file = input['summary'] as string | undefined;
  let result: R;
  try {
    result = await act();
  } catch (error) {
    if (file !== undefined) {
      const { errorSummary } = await import('../output/markdown.ts');
      await append(file, errorSummary(command, error), context);
    }
    throw error;
  }
  await context.output.result(result, text);
  if (file !== undefined) await append(file, await summary(result), context);
}

async function append(file: string, markdown: string, { cwd, emit }: CommandContext): Promise<void> {
  const { appendSummary } = await import('../output/summary.ts');
  try {
    await appendSummary(resolve(cwd, file), markdown);
  } catch (error) {
    if (!(error instanceof FoxError)) throw error;
    emit({ type: 'warning', text: error.message });
  }
}
