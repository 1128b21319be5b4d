// What commands that take a version of the work tree or of a commit have in common.
import { buildTools } from '../core/version/build-tool.ts';
import type { ArgumentDefinition, OptionDefinition } from './command-definition.ts';

export const versionArgument: ArgumentDefinition = {
  name: 'version',
  description: 'name of the version (default: the tag at the commit, else the branch)',
  required: false,
};

export const revisionOptions: readonly OptionDefinition[] = [
  { flags: '--version <name>', description: 'the same as the argument' },
  { flags: '--commit <ref>', description: 'commit, tag or branch to take instead of what is checked out' },
  {
    flags: '--dirty',
    description: 'take uncommitted changes along; the version is marked and can be replaced',
  },
];

export const builderOption: OptionDefinition = {
  flags: '--builder <name>',
  description: "program that builds Dockerfiles (default: the config's, else the first that is ready)",
  choices: buildTools,
};
