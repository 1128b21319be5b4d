// fox route explain: why a request, or a call between components, goes where it goes.
import type { RouteExplainOptions } from '../../actions/route/explain.ts';
import { FoxError } from '../../core/errors.ts';
import type { CommandDefinition } from '../command-definition.ts';
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
  ],
  examples: [
    "route explain '/orders/42?kf-dep=v2'",
    "route explain http://team-a.example.com/ -X POST -H 'content-type: application/json'",
    'route explain /orders -e team-a --version v2 -o json',
  ],
  run: async (input, context) => {
    const { url } = input as { url?: string };
    if (url === undefined)
      throw new FoxError('USAGE', 'nothing is named that could be explained', {
        hints: ['Name a URL or a path: `fox route explain /`.'],
      });
    const { explainRoute } = await import('../../actions/route/explain.ts');
    const { routeExplainText } = await import('../../output/text/route-explain.ts');
    const options = input as unknown as RouteExplainOptions;
    await context.output.result(await explainRoute(options, context), routeExplainText);
  },
};
