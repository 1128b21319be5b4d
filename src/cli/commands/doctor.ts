// fox doctor: what a deploy needs, and how to mend what is missing.
import type { Part } from '../../actions/doctor.ts';
import { FoxError } from '../../core/errors.ts';
import type { CommandDefinition } from '../command-definition.ts';
import { builderOption } from '../revision-options.ts';

export const doctorCommand: CommandDefinition = {
  name: 'doctor',
  summary: 'Check everything that a deploy needs, and say how to mend what is missing',
  group: 'Look',
  options: [
    builderOption,
    {
      flags: '--role <part>',
      description: 'print the Role that this part of fox needs in the namespace, for `kubectl apply -f -`',
      choices: ['reader', 'deployer', 'installer'],
    },
  ],
  examples: ['doctor', 'doctor --context kind-dev', 'doctor --role deployer', 'doctor -o json'],
  run: async (input, context) => {
    const { doctor, doctorRole } = await import('../../actions/doctor.ts');
    const { doctorText, roleText } = await import('../../output/text/doctor.ts');
    const role = input['role'] as Part | undefined;
    if (role !== undefined) {
      await context.output.result(await doctorRole({ ...input, role }, context), roleText);
      return;
    }
    const result = await doctor(input, context);
    await context.output.result(result, doctorText);
    if (!result.ready) throw notReady(result.items.filter(({ status }) => status === 'problem'));
  },
};

function notReady(problems: readonly { readonly check: string }[]): FoxError {
  const count = problems.length === 1 ? 'A problem' : `${problems.length} problems`;
  const names = [...new Set(problems.map(({ check }) => check))].join(', ');
  return new FoxError('NOT_READY', `${count} would keep a deploy from succeeding: ${names}`);
}
