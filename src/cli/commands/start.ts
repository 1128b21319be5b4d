// fox init · fox demo: how one begins.
import type { DemoOptions } from '../../actions/demo.ts';
import type { InitOptions } from '../../actions/init.ts';
import type { CommandDefinition } from '../command-definition.ts';

export const initCommand: CommandDefinition = {
  name: 'init',
  summary: 'Write a small app to start from',
  group: 'Start',
  arguments: [
    { name: 'directory', description: 'where to (default: the current directory)', required: false },
  ],
  options: [
    {
      flags: '--template <name>',
      description: 'which app (default: minimal)',
      choices: ['minimal', 'order-app', 'order-app/v1', 'order-app/v2', 'order-app/v3'],
    },
    {
      flags: '--ci <system>',
      description: 'write a CI recipe: a version per pull request, a release per merge',
      choices: ['github', 'gitlab'],
    },
  ],
  examples: ['init my-app', 'init shop --template order-app', 'init --ci github'],
  run: async (input, context) => {
    const { init } = await import('../../actions/init.ts');
    const { initText } = await import('../../output/text/start.ts');
    await context.output.result(await init(input as InitOptions, context), initText);
  },
};

export const demoCommand: CommandDefinition = {
  name: 'demo',
  summary: 'Take the Order App from v1 to v3: deploy, share, route and release',
  group: 'Start',
  arguments: [
    { name: 'directory', description: 'where the app is written (default: fox-demo)', required: false },
  ],
  options: [{ flags: '--clean', description: 'stop the demo and remove its directory' }],
  examples: ['demo', 'demo --clean'],
  run: async (input, context) => {
    const { demo } = await import('../../actions/demo.ts');
    const { demoText } = await import('../../output/text/start.ts');
    await context.output.result(await demo(input as DemoOptions, context, context.runFox), demoText);
  },
};
