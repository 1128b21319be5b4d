// The virtual environment that a command is about: its first word, or -e.
import { FoxError } from '../core/errors.ts';
import type { ArgumentDefinition, CommandInput, OptionDefinition } from './command-definition.ts';
import { virtualEnvOption } from './options.ts';

export const environmentArgument: ArgumentDefinition = {
  name: 'virtual-env',
  description: 'virtual environment',
  required: false,
};

export const environmentOption: OptionDefinition = {
  ...virtualEnvOption,
  description: 'the same as the argument',
};

/** The environment that was named. @throws FoxError USAGE if none was. */
export function namedEnvironment({ virtualEnv }: CommandInput, command: string): string {
  if (typeof virtualEnv === 'string') return virtualEnv;
  throw new FoxError('USAGE', 'no virtual environment is named', {
    hints: [`Name one: \`fox ${command} team-a\`. \`fox env list\` shows which there are.`],
  });
}
