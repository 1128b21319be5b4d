// The builder of what is built already: finds out which image a reference means now, and that it is one that can run.
import type { PrebuiltBuild } from '../core/version/app.ts';
import { formatReference } from '../core/version/image-reference.ts';
import type { Builder, PrebuiltImage } from './builder.ts';
import { findRemoteImage, namedImageError, type Registries } from './remote-image.ts';

/** Resolves references to digests. */
export function prebuiltResolver(registries: Registries): Builder<PrebuiltBuild, PrebuiltImage> {
  return {
    build: async ({ build, reference: { component }, platforms, signal }) => {
      try {
        const { reference } = await findRemoteImage(build.image, platforms, registries, signal);
        return { reference: formatReference(reference) };
      } catch (error) {
        throw namedImageError(error, build.image, `components.${component}.build.image`);
      }
    },
  };
}
