// fox route explain: why a request, or a call between components, goes where it goes.
import { FoxError } from '../../core/errors.ts';
import type { CommandContext, CommandDefinition, CommandInput } from '../command-definition.ts';
import { virtualEnvOption } from '../options.ts';

export const routeExplainCommand: CommandDefinition = {
  name: 'route explain',
  summary: 'Explain where a request goes, and why: no request is sent',
  group: 'Look',
  arguments: [{ name: 'url', description: 'URL of the routers, or path and query alone', required: false }],
  options: [
    { flags: '-X, --method <method>', description: 'method of the request (default: GET)' },
    {
      flags: '-H, --header <header>',
      description: "header of the request, as 'name: value'; may be given several times",
      repeatable: true,
    },
    { flags: '--client <address>', description: 'address that it comes from (default: anybody outside)' },
    { ...virtualEnvOption, description: 'as if the request had the header kf-ve' },
    { flags: '--version <name>', description: 'as if it had the header kf-dep' },
    {
      flags: '--from <component>',
      description: 'explain a call that this component makes instead: order-ui, or order-ui@v2',
    },
    { flags: '--to <component>', description: 'the component that it calls' },
  ],
  examples: [
    "route explain '/orders/42?kf-dep=v2'",
    "route explain http://team-a.example.com/ -X POST -H 'content-type: application/json'",
    'route explain /orders -e team-a --version v2 -o json',
    'route explain --from order-ui@v2 --to api-server',
  ],
  run: async (input, context) => {
    const { url, from, to } = input as Typed;
    if (from !== undefined || to !== undefined) return runCall(input, context);
    if (url === undefined) throw nothingNamed();
    const { explainRoute } = await import('../../actions/route/explain.ts');
    const { routeExplainText } = await import('../../output/text/route-explain.ts');
    const options = { ...input, url };
    await context.output.result(await explainRoute(options, context), routeExplainText);
  },
};

interface Typed {
  readonly url?: string;
  readonly from?: string;
  readonly to?: string;
  readonly method?: string;
  readonly client?: string;
}

async function runCall(input: CommandInput, context: CommandContext): Promise<void> {
  const { url, from, to, method, client } = input as Typed;
  if (from === undefined || to === undefined || [url, method, client].some((each) => each !== undefined))
    throw new FoxError('USAGE', 'a call has --from and --to, and neither URL, method nor client', {
      hints: ['`fox route explain --from order-ui@v2 --to api-server`'],
    });
  const { explainCall } = await import('../../actions/route/explain-call.ts');
  const { callExplainText } = await import('../../output/text/route-call.ts');
  await context.output.result(await explainCall({ ...input, from, to }, context), callExplainText);
}

function nothingNamed(): FoxError {
  return new FoxError('USAGE', 'nothing is named that could be explained', {
    hints: [
      'Name a URL or a path: `fox route explain /`.',
      'Of a call between components, name both: `fox route explain --from order-ui@v2 --to api-server`.',
    ],
  });
}
