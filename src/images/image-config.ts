// The config of an image: what runs, as whom, for which platform; read from others and told anew for fox's own.
import * as z from 'zod';
import type { Json } from '../core/version/canonical.ts';
import { FoxError } from '../core/errors.ts';
import { createdAt, type ImageOrigin, originLabels } from './image-origin.ts';
import type { LayerFile } from './image.ts';

const settings = z.object({ Labels: z.record(z.string(), z.string()).nullish() }).catchall(z.json());

const history = z.object({ empty_layer: z.boolean().optional() }).catchall(z.json());

/** What the image specification knows of a config; what else tools leave there is dropped. */
const schema = z.object({
  architecture: z.string(),
  os: z.string(),
  variant: z.string().exactOptional(),
  'os.version': z.string().exactOptional(),
  'os.features': z.array(z.string()).exactOptional(),
  config: settings.nullish(),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z.array(z.string()) }),
  history: z.array(history).nullish(),
});

/** A config. */
export type ImageConfig = z.infer<typeof schema>;

/** A config from somebody's JSON. @throws FoxError REGISTRY_ERROR; `image` is what it is called there. */
export function imageConfigOf(document: unknown, image: string): ImageConfig {
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  throw new FoxError(
    'REGISTRY_ERROR',
    `the image ${image} can't be used: its config is not what it should be`,
    {
      cause: result.error,
    },
  );
}

/** One more layer, and what it is for. */
export interface AddedLayer {
  readonly layer: LayerFile;
  /** For people who look at the image's history. */
  readonly comment: string;
}

/**
 * The config of an image that stands on a base: environment, user and all else are the base's, what runs is said by
 * whoever runs it.
 */
export function configOnBase(
  base: ImageConfig,
  added: readonly AddedLayer[],
  workingDir: string,
  origin: ImageOrigin,
): Json {
  const created = createdAt(origin);
  const { Entrypoint: _entrypoint, Cmd: _command, ...inherited } = base.config ?? {};
  const told = base.history ?? [];
  const isComplete = told.filter((each) => each.empty_layer !== true).length === base.rootfs.diff_ids.length;
  const own = added.map(({ comment }) => ({ created, created_by: `fox: ${comment}` }));
  return {
    ...base,
    created,
    config: { ...inherited, WorkingDir: workingDir, Labels: labels(base, origin) },
    rootfs: {
      type: 'layers',
      // The digest of an uncompressed layer is its diff id.
      diff_ids: [...base.rootfs.diff_ids, ...added.map(({ layer }) => layer.digest)],
    },
    // A history that doesn't tell of every layer is worse than none.
    history: isComplete ? [...told, ...own] : undefined,
  };
}

/** A config that another program has made, with fox's labels and the commit's time. */
export function configWithOrigin(config: ImageConfig, origin: ImageOrigin): Json {
  return {
    ...config,
    created: createdAt(origin),
    config: { ...config.config, Labels: labels(config, origin) },
    history: config.history ?? undefined,
  };
}

function labels({ config }: ImageConfig, origin: ImageOrigin): Record<string, string> {
  return { ...config?.Labels, ...originLabels(origin) };
}
