// Which builder makes an image that runs on the embedded cluster: the built-in one, without a base.
import type { Build } from '../core/version/app.ts';
import { FoxError } from '../core/errors.ts';
import type { Builder } from './builder.ts';
import { type ProcessEnvironment, treeBuilder } from './tree-builder.ts';

/** The builder of images that run on the embedded cluster, as processes of this machine. A base is not looked at. */
export function embeddedBuilders(env: ProcessEnvironment): (build: Build) => Builder {
  const tree = treeBuilder(env);
  return (build) => {
    if ('image' in build || 'dockerfile' in build)
      throw new FoxError('REFUSED', 'the embedded cluster runs processes of this machine, not containers');
    return { build: (request) => tree.build({ ...request, build }) };
  };
}
