// Keeps images in the nodes of a local cluster, for those who have no registry: kind, k3d and minikube.
import { join } from 'node:path';
import type { BuiltImage } from '../image.ts';
import { type ImageReference, type ImageStore, nodeRunName, type PutOptions } from '../image-store.ts';
import { makeScratch, removeScratch } from '../scratch.ts';
import { configForHere, writeImageArchive } from './image-archive.ts';
import type { LocalCluster } from './local-cluster.ts';
import { type NodeCommands, nodeCommands } from './node-commands.ts';
import { nodeProgram } from './node-program.ts';

/** Which cluster, and where to put archives on their way. */
export interface NodeStoreOptions {
  readonly cluster: LocalCluster;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Directory for scratch files. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

/**
 * The nodes as a store of images. An image is known by the digest of its config, as nodes tell that, and it is here if
 * every node has it. What prebuilt images were resolved to is not remembered: the cluster's own objects do.
 */
export function openNodeStore(options: NodeStoreOptions): ImageStore {
  const commands = nodeCommands(options.cluster, options.env);
  return {
    find: (references) => findImages(commands, references, options),
    put: (reference, image, put) => putImage(commands, reference, image, options, put),
    putPrebuilt: (_reference, image) => Promise.resolve(image),
    runName: nodeRunName,
    pullPolicy: 'Never',
  };
}

async function findImages(
  commands: NodeCommands,
  references: readonly ImageReference[],
  { env, signal }: Pick<NodeStoreOptions, 'env' | 'signal'>,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const built = references.filter(({ prebuilt }) => prebuilt !== true);
  if (built.length === 0) return found;
  const nodes = await commands.list(nodeProgram(env, signal));
  for (const reference of built) {
    const name = nodeRunName(reference, '');
    const ids = nodes.map((images) => images.get(name));
    const [first] = ids;
    if (first !== undefined && ids.every((id) => id === first)) found.set(reference.sourceHash, first);
  }
  return found;
}

async function putImage(
  commands: NodeCommands,
  reference: ImageReference,
  image: BuiltImage,
  { env, scratch, signal: whole }: NodeStoreOptions,
  { replace = false, signal = whole }: PutOptions = {},
): Promise<string> {
  const ending = AbortSignal.any([whole, signal]);
  if (!replace) {
    const there = (await findImages(commands, [reference], { env, signal: ending })).get(
      reference.sourceHash,
    );
    if (there !== undefined) return there;
  }
  const directory = await makeScratch(scratch);
  try {
    const file = join(directory, 'image.tar');
    await writeImageArchive(image, nodeRunName(reference, ''), file, ending);
    await commands.load(nodeProgram(env, ending), file);
    return configForHere(image).digest;
  } finally {
    await removeScratch(directory);
  }
}
