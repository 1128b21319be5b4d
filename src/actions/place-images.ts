// Where the images of a place are kept; each store is loaded when it is first asked, as most looks at a cluster need no image.
import type { RegistrySettings } from '../config/config.ts';
import { FoxError } from '../core/errors.ts';
import { type ImageStore, layoutRunName } from '../images/image-store.ts';
import type { ImageLayout } from '../images/oci-layout.ts';
import type { ActionContext } from './context.ts';

/** The image layout of the embedded cluster. */
export function layoutImages(directory: string, access: { readonly readOnly: boolean }): ImageLayout {
  const load = async () => (await import('../images/oci-layout.ts')).openLayout(directory, access);
  return {
    ...whenAsked(load, layoutRunName),
    remove: async (options) => (await load()).remove(options),
  };
}

/** The registry of a Kubernetes cluster; without one, the nodes of a local cluster, which images are loaded into. */
export function kubernetesImages(
  registry: RegistrySettings | undefined,
  context: string,
  _context: ActionContext,
): ImageStore {
  const load = async (): Promise<ImageStore> => {
    if (registry === undefined) throw registryMissing(context);
    throw new FoxError('USAGE', 'not yet');
  };
  return whenAsked(load, layoutRunName);
}

function registryMissing(context: string): FoxError {
  return new FoxError('REGISTRY_NOT_CONFIGURED', `cluster ${context} needs a registry to get images from`, {
    hints: [
      'Name one in the config: `registry: registry.example.com/my-team`, or with FOX_REGISTRY.',
      'Clusters made by kind, k3d and minikube need none: their context names begin so.',
    ],
  });
}

/** A store that is opened by the first question. */
function whenAsked(load: () => Promise<ImageStore>, runName: ImageStore['runName']): ImageStore {
  let opened: Promise<ImageStore> | undefined;
  const open = async () => (opened ??= load());
  return {
    find: async (references) => (await open()).find(references),
    put: async (reference, image, options) => (await open()).put(reference, image, options),
    putPrebuilt: async (reference, image, options) => (await open()).putPrebuilt(reference, image, options),
    runName,
  };
}
