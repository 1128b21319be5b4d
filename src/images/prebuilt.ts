// The builder of what is built already: finds out which image a reference means now, and that it is one that can run.
import type { PrebuiltBuild } from '../core/app.ts';
import { formatReference } from '../core/image-reference.ts';
import type { Builder, PrebuiltImage } from './builder.ts';
import { findRemoteImage, type Registries } from './remote-image.ts';

/** Resolves references to digests. */
export function prebuiltResolver(registries: Registries): Builder<PrebuiltBuild, PrebuiltImage> {
  return {
    build: async ({ build, platforms, signal }) => {
      const { reference } = await findRemoteImage(build.image, platforms, registries, signal);
      return { reference: formatReference(reference) };
    },
  };
}
