// fox route list: the routes by which requests enter, in the order in which they are asked.
import type { CommandDefinition } from '../command-definition.ts';
import { virtualEnvOption } from '../options.ts';

export const routeListCommand: CommandDefinition = {
  name: 'route list',
  summary: 'List routes in the order in which they are asked',
  group: 'Look',
  arguments: [
    {
      name: 'version',
      description: 'deployed version (default: what is released there, of all apps)',
      required: false,
    },
  ],
  options: [virtualEnvOption],
  examples: ['route list', 'route list v2 -e team-a', 'route list -o json'],
  run: async (input, context) => {
    const { listRoutes } = await import('../../actions/route/list.ts');
    const { routeListText } = await import('../../output/text/route-list.ts');
    await context.output.result(await listRoutes(input, context), routeListText);
  },
};
