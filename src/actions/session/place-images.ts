// Where the images of a place are kept; each store is loaded when it is first asked, as most looks at a cluster need no image.
import { tmpdir } from 'node:os';
import type { RegistrySettings } from '../../config/config.ts';
import { FoxError } from '../../core/errors.ts';
import type { Emit } from '../../core/events.ts';
import { type ImageStore, layoutRunName, nodeRunName } from '../../images/image-store.ts';
import { localCluster } from '../../images/node-load/local-cluster.ts';
import type { ImageLayout } from '../../images/oci-layout.ts';
import type { RetryNotice } from '../../images/registry/registry-client.ts';
import { registryNames } from '../../images/registry/registry-names.ts';
import type { PushProgress, RegistryStore } from '../../images/registry/registry-store.ts';
import type { ActionContext } from '../context.ts';

/** The image layout of the embedded cluster. */
export function layoutImages(directory: string, access: { readonly readOnly: boolean }): ImageLayout {
  const load = async () => (await import('../../images/oci-layout.ts')).openLayout(directory, access);
  return {
    ...whenAsked(load, layoutRunName),
    remove: async (options) => (await load()).remove(options),
  };
}

/** Images that a session has opened. */
export interface OpenImages {
  readonly images: ImageStore;
  close(): Promise<void>;
}

/** The registry of a Kubernetes cluster; without one, the nodes of a local cluster, which images are loaded into. */
export function kubernetesImages(
  registry: RegistrySettings | undefined,
  cluster: string,
  { env, signal, emit }: ActionContext,
): OpenImages {
  const local = registry === undefined ? localCluster(cluster) : undefined;
  if (local !== undefined) {
    const load = async () => {
      const { openNodeStore } = await import('../../images/node-load/node-store.ts');
      return openNodeStore({ cluster: local, env, signal, scratch: tmpdir() });
    };
    const images = { ...whenAsked(load, nodeRunName), pullPolicy: 'Never' } as const;
    return { images, close: () => Promise.resolve() };
  }
  if (registry === undefined) {
    const missing = () => {
      throw registryMissing(cluster);
    };
    return { images: whenAsked(missing, missing), close: () => Promise.resolve() };
  }
  let opened: RegistryStore | undefined;
  const load = async () => {
    const { openRegistryStore } = await import('../../images/registry/registry-store.ts');
    opened = openRegistryStore({
      ...registry,
      env,
      signal,
      onRetry: (notice) => emit({ type: 'warning', text: retryText(notice) }),
      onProgress: (progress) => showPush(progress, emit),
    });
    return opened;
  };
  const runName: ImageStore['runName'] = (...what) => registryNames(registry.prefix).runName(...what);
  return { images: whenAsked(load, runName), close: async () => opened?.close() };
}

/** `can't push to acme/ui at the registry ghcr.io: it failed (503); trying again in 2 s` */
export function retryText({ why, waitMs }: RetryNotice): string {
  return `${why}; trying again in ${Math.ceil(waitMs / 1_000)} s`;
}

function showPush({ reference: { component }, done, total }: PushProgress, emit: Emit): void {
  const task = { type: 'task', id: `push ${component}` } as const;
  const size = `${megabytes(done)} of ${megabytes(total)} MB`;
  if (done >= total) emit({ ...task, state: 'done', text: `Pushed ${component} (${megabytes(total)} MB)` });
  else emit({ ...task, state: done === 0 ? 'started' : 'progress', text: `Pushing ${component} (${size})` });
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
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
