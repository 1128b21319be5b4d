// fox proxy: a port of this machine that leads to the router.
import { FoxError } from '../../core/errors.ts';
import type { CommandDefinition } from '../command-definition.ts';
import { virtualEnvOption } from '../options.ts';

export const proxyCommand: CommandDefinition = {
  name: 'proxy',
  summary: 'Forward a local port to the router, until Ctrl-C',
  group: 'Look',
  arguments: [{ name: 'port', description: 'local port, 0 for a free one (default: 8080)', required: false }],
  options: [
    { flags: '--version <name>', description: 'version for requests that name none' },
    { ...virtualEnvOption, description: 'virtual environment for requests that name none' },
  ],
  examples: ['proxy', 'proxy 0 -o json', 'proxy 9000 --version v2 -e team-a'],
  run: async (input, context) => {
    const { proxy } = await import('../../actions/proxy.ts');
    const { proxyText } = await import('../../output/text/lists.ts');
    const { port: typed, ...options } = input;
    const port = typeof typed === 'string' ? { port: localPort(typed) } : {};
    await proxy({ ...options, ...port }, context, (result) => void context.output.row(result, proxyText));
  },
};

function localPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new FoxError('USAGE', `"${text}" is no port: ports are 1 to 65535, 0 is any free one`);
}
