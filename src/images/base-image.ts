// The base image of components: resolved once per run, so that all components stand on the same, and read but not pulled.
import { FoxError } from '../core/errors.ts';
import { formatReference, parseReference } from '../core/version/image-reference.ts';
import type { ImageConfig } from './image-config.ts';
import type { BaseOrigin } from './image-origin.ts';
import type { Descriptor, RemoteLayer } from './image.ts';
import { findRemoteImage, type Registries, type RemoteImage } from './remote-image.ts';

/** A base image, for all platforms that were asked for. */
export interface BaseImage {
  readonly origin: BaseOrigin;
  /** By platform. */
  readonly platforms: ReadonlyMap<string, BasePlatform>;
}

/** A base image for one platform. */
export interface BasePlatform {
  readonly config: ImageConfig;
  /** Bottom first. */
  readonly layers: readonly RemoteLayer[];
}

/** Finds base images. What was asked for before is answered from memory. */
export type FindBase = (reference: string, platforms: readonly string[]) => Promise<BaseImage>;

/** Finds base images in registries, until `signal` aborts. */
export function baseFinder(registries: Registries, signal: AbortSignal): FindBase {
  const known = new Map<string, Promise<BaseImage>>();
  return (reference, platforms) => {
    const key = [reference, ...platforms].join(' ');
    const found = known.get(key) ?? findBase(reference, platforms, registries, signal);
    known.set(key, found);
    return found;
  };
}

async function findBase(
  text: string,
  platforms: readonly string[],
  registries: Registries,
  signal: AbortSignal,
): Promise<BaseImage> {
  const found = await findRemoteImage(text, platforms, registries, signal);
  const bases = [...found.manifests].map(([platform, { config, layers }]) => {
    if (layers.length !== config.rootfs.diff_ids.length)
      throw new FoxError(
        'REGISTRY_ERROR',
        `the image ${text} can't be used: its config doesn't fit its layers`,
      );
    return [platform, { config, layers: layers.map((layer) => remoteLayer(layer, text, found)) }] as const;
  });
  const { host, repository, tag } = parseReference(text);
  const named = formatReference({ host, repository, ...(tag === undefined ? {} : { tag }) });
  return { origin: { name: named, digest: found.reference.digest }, platforms: new Map(bases) };
}

function remoteLayer(layer: Descriptor, text: string, { client, reference }: RemoteImage): RemoteLayer {
  const { digest, size } = layer;
  const { repository } = reference;
  return {
    mediaType: ociType(layer.mediaType, text),
    digest,
    size,
    registry: reference.host,
    repository,
    open: (signal, offset = 0) => client.blob(repository, layer, { signal, offset }),
  };
}

const layerTypes: ReadonlyMap<string, string> = new Map([
  ['application/vnd.docker.image.rootfs.diff.tar', 'application/vnd.oci.image.layer.v1.tar'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'application/vnd.oci.image.layer.v1.tar+gzip'],
]);

/** A layer's type by its OCI name: the same bytes have another name in images of Docker's own format. */
function ociType(type: string, text: string): string {
  const known = layerTypes.get(type) ?? type;
  if (/^application\/vnd\.oci\.image\.layer\.v1\.tar(\+gzip|\+zstd)?$/.test(known)) return known;
  throw new FoxError('REGISTRY_ERROR', `the image ${text} can't be a base: it has a layer of type ${type}`, {
    hints: ['Choose another base image: this one is not made for containers on Linux.'],
  });
}
