// fox build: the images of a version, without running it.
import type { CommandDefinition } from '../command-definition.ts';
import { builderOption, revisionOptions, versionArgument } from '../revision-options.ts';

export const buildCommand: CommandDefinition = {
  name: 'build',
  summary: 'Build the images that a version lacks, without running it',
  group: 'Deploy',
  arguments: [versionArgument],
  options: [
    ...revisionOptions,
    builderOption,
    {
      flags: '--refresh',
      description: 'build what is there already, too, on what base images and tags mean now',
    },
  ],
  examples: ['build', 'build v2 --builder podman', 'build --refresh'],
  run: async (input, context) => {
    const { build } = await import('../../actions/build.ts');
    const { buildText } = await import('../../output/text/build.ts');
    await context.output.result(await build(input, context), buildText);
  },
};
