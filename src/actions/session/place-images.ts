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
      onRetry: tellRetries(emit),
      onProgress: (progress) => showPush(progress, emit),
    });
    return opened;
  };
  const runName: ImageStore['runName'] = (...what) => registryNames(registry.prefix).runName(...what);
  return { images: whenAsked(load, runName), close: async () => opened?.close() };
}

/** Tells what is tried again, each reason once however many requests fail for it: `the connection broke off; trying again`. */
export function tellRetries(emit: Emit): (notice: Pick<RetryNotice, 'why'>) => void {
  const told = new Set<string>();
  return ({ why }) => {
    if (told.has(why)) return;
    told.add(why);
    emit({ type: 'warning', text: `${why}; trying again` });
  };
}

/** Tells of a push, from its beginning to its end. */
export function showPush(progress: PushProgress, emit: Emit): void {
  const { component } = progress.reference;
  const { state } = progress;
  const text = pushText(progress);
  emit({ type: 'task', id: `push ${component}`, state: state === 'cancelled' ? 'failed' : state, text });
}

function pushText({ reference: { component }, state, sent, there, total }: PushProgress): string {
  switch (state) {
    case 'started':
      return `Pushing ${component}`;
    case 'progress':
      return `Pushing ${component} (${amount(sent)} of ${amount(total - there)})`;
    case 'done':
      if (sent === 0) return `Pushed ${component} (all of its ${amount(total)} were there already)`;
      return `Pushed ${component} (${amount(sent)}${there === 0 ? '' : `; ${amount(there)} there already`})`;
    case 'failed':
      return `Pushing ${component} failed`;
    case 'cancelled':
      return `Pushing ${component} was cancelled`;
    default:
      return state satisfies never;
  }
}

/** `2 kB`, `42.3 MB` */
function amount(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
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
