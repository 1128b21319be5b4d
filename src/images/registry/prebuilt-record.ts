// What a registry remembers of a prebuilt image: which digest its tag meant, in a small artifact of its own.
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson, type Json } from '../../core/version/canonical.ts';
import { FoxError } from '../../core/errors.ts';
import { parseReference } from '../../core/version/image-reference.ts';
import { annotation } from '../../core/labels.ts';
import { type DocumentBlob, mediaType } from '../image.ts';

const artifactType = 'application/vnd.kubefox.prebuilt.v1';

/** What the OCI image specification puts where an artifact has no content. */
export const emptyBlob: DocumentBlob = documentBlob('application/vnd.oci.empty.v1+json', {});

/** The artifact that says which image it was: `image` is a whole reference with a digest. */
export function prebuiltRecord(image: string): DocumentBlob {
  const { mediaType: type, digest, size } = emptyBlob;
  const empty = { mediaType: type, digest, size };
  return documentBlob(mediaType.manifest, {
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    artifactType,
    config: empty,
    layers: [empty],
    annotations: { [annotation.image]: image },
  });
}

const record = z.object({
  artifactType: z.literal(artifactType),
  annotations: z.record(z.string(), z.string()),
});

/** The whole reference that an artifact remembers. @throws FoxError REGISTRY_ERROR if it is something else. */
export function readPrebuiltRecord({ bytes }: Pick<DocumentBlob, 'bytes'>, name: string): string {
  const image = record.safeParse(parseJson(Buffer.from(bytes).toString('utf8'))).data?.annotations[
    annotation.image
  ];
  if (image !== undefined && isWhole(image)) return image;
  throw new FoxError('REGISTRY_ERROR', `${name} is not what fox keeps of a prebuilt image`, {
    hints: ['Have fox write it anew: `fox build --refresh`.'],
  });
}

function isWhole(image: string): boolean {
  try {
    return parseReference(image).digest !== undefined;
  } catch {
    return false;
  }
}

function documentBlob(type: string, document: Json): DocumentBlob {
  const bytes = Buffer.from(canonicalJson(document));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { mediaType: type, digest, size: bytes.length, bytes };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
