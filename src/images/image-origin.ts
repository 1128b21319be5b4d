// Where an image comes from, as the OCI image specification names it: in its annotations and labels.

/** Which commit an image was built from. */
export interface ImageOrigin {
  /** Full commit id. */
  readonly commit: string;
  /** When that was made, seconds since 1970. */
  readonly committedAt: number;
  /** Where the repository is, without credentials; absent if it has no remote. */
  readonly repository?: string;
  /** The version that it was built for. */
  readonly version: string;
}

/** Says in annotations which image lies below. */
export interface BaseOrigin {
  /** As the config has it, in full: `docker.io/library/node:24-slim`. */
  readonly name: string;
  /** What that meant when the image was built. */
  readonly digest: string;
}

const prefix = 'org.opencontainers.image';

/** The commit's time as images say it: RFC 3339. */
export function createdAt({ committedAt }: ImageOrigin): string {
  return new Date(committedAt * 1000).toISOString().replace('.000Z', 'Z');
}

/** Labels of an image's config; annotations of its manifest are the same. */
export function originLabels(origin: ImageOrigin): Record<string, string> {
  return {
    [`${prefix}.revision`]: origin.commit,
    ...(origin.repository === undefined ? {} : { [`${prefix}.source`]: origin.repository }),
    [`${prefix}.created`]: createdAt(origin),
    [`${prefix}.version`]: origin.version,
  };
}

/** Annotations that name the base image. */
export function baseAnnotations({ name, digest }: BaseOrigin): Record<string, string> {
  return { [`${prefix}.base.name`]: name, [`${prefix}.base.digest`]: digest };
}
