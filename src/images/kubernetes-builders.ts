// Which builder makes an image that runs in Kubernetes: the built-in one, a Dockerfile's, or none at all.
import type { Build } from '../core/version/app.ts';
import type { BuildTool } from '../core/version/build-tool.ts';
import { baseFinder } from './base-image.ts';
import type { Builder } from './builder.ts';
import { dockerfileBuilder } from './dockerfile/dockerfile-builder.ts';
import { findTool } from './dockerfile/find-tool.ts';
import { layeredBuilder } from './layered-builder.ts';
import { prebuiltResolver } from './prebuilt.ts';
import type { Registries } from './remote-image.ts';
import type { ProcessEnvironment } from './tree-builder.ts';

/** What builders for Kubernetes work with. */
export interface BuilderOptions {
  readonly env: ProcessEnvironment;
  readonly registries: Registries;
  /** Program that builds Dockerfiles; absent: the first that is ready. */
  readonly tool?: BuildTool | undefined;
  /** Look for newer base images, and use nothing that was built before. */
  readonly refresh?: boolean;
  /** Ends the search for programs and base images. */
  readonly signal: AbortSignal;
}

/** The builders of images that run in Kubernetes. What one component has made them find out, the next one shares. */
export function kubernetesBuilders(options: BuilderOptions): (build: Build) => Builder {
  const { env, registries, tool, refresh = false, signal } = options;
  const layered = layeredBuilder(env, baseFinder(registries, signal));
  const dockerfile = dockerfileBuilder({ findTool: () => findTool({ wanted: tool, env, signal }), refresh });
  const prebuilt = prebuiltResolver(registries);
  return (build) => {
    if ('image' in build) return asBuilder(build, prebuilt);
    return 'dockerfile' in build ? asBuilder(build, dockerfile) : asBuilder(build, layered);
  };
}

/** A builder of one kind of build, for a request whose build is known to be of that kind. */
function asBuilder<Kind extends Build>(build: Kind, builder: Builder<Kind>): Builder {
  return { build: (request) => builder.build({ ...request, build }) };
}
