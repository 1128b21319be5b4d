// fox doctor propagation: which components pass the context of requests on, found out by sending some.
import { FoxError } from '../../core/errors.ts';
import type { CommandDefinition } from '../command-definition.ts';
import { parseCount, virtualEnvOption } from '../options.ts';

export const doctorPropagationCommand: CommandDefinition = {
  name: 'doctor propagation',
  summary: 'Send marked requests through a version, and tell which components pass the context on',
  group: 'Look',
  arguments: [
    { name: 'version', description: 'deployed version (default: what is released)', required: false },
  ],
  options: [
    virtualEnvOption,
    {
      flags: '--path <path>',
      description: 'path and query to ask for; may be given several times (default: the shortest it answers)',
      repeatable: true,
    },
    { flags: '-X, --method <method>', description: 'method of the requests (default: GET)' },
    {
      flags: '-H, --header <header>',
      description: "header of the requests, as 'name: value'; may be given several times",
      repeatable: true,
    },
    {
      flags: '--repeat <times>',
      description: 'how often each is sent (default: 1; 10 where several routers share the calls of a GET)',
      parse: parseTimes,
    },
  ],
  examples: [
    'doctor propagation v2',
    'doctor propagation v2 -e team-a --path /orders --path /orders/42',
    "doctor propagation --path /search -H 'accept: text/html' --repeat 5",
  ],
  run: async (input, context) => {
    const { doctorPropagation } = await import('../../actions/doctor/propagation.ts');
    const { propagationText } = await import('../../output/text/doctor-propagation.ts');
    const result = await doctorPropagation(input, context);
    await context.output.result(result, propagationText);
    if (!result.passed)
      throw contextLost(result.components.filter(({ advice }) => advice === 'fix-or-undeclare'));
  },
};

const mostTimes = 1_000;

/** How often, at least once. @throws FoxError USAGE. */
function parseTimes(text: string): number {
  const times = parseCount(text);
  if (times >= 1 && times <= mostTimes) return times;
  throw new FoxError('USAGE', `${text} times is not possible: 1 to ${mostTimes} are`);
}

function contextLost(components: readonly { readonly component: string }[]): FoxError {
  const names = components.map(({ component }) => component).join(', ');
  return new FoxError('CONTEXT_LOST', `declared to pass the context on, and losing it: ${names}`, {
    hints: [
      '`propagation: node` has fox pass it on, where the process is Node.',
      'Without `forwardsContext` it is run once per version that differs below it, and needs to pass nothing on.',
    ],
  });
}
