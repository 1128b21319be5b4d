// metadata of objects: its shape, its rules, and which of its members are the server's.
import * as z from 'zod';
import type { KubeMetadata, KubeObject } from '../store/object-store.ts';
import type { Kind } from './kind.ts';
import { textByName } from './kind.ts';
import { labelValueRule, qualifiedNameRule } from './name-rules.ts';
import type { Problems } from './problems.ts';
import { randomName } from './random-name.ts';
import { badRequest } from './request.ts';

const maxAnnotationBytes = 256 * 1024;
/** Types of metadata's members. */
export const metadataSchema = z.looseObject({
  name: z.string().optional(),
  generateName: z.string().optional(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  labels: textByName.optional(),
  annotations: textByName.optional(),
  finalizers: z.array(z.string()).optional(),
  ownerReferences: z
    .array(
      z.looseObject({
        apiVersion: z.string().default(''),
        kind: z.string().default(''),
        name: z.string().default(''),
        uid: z.string().default(''),
        controller: z.boolean().optional(),
        blockOwnerDeletion: z.boolean().optional(),
      }),
    )
    .optional(),
});

/** metadata as a client sends it. */
export type GivenMetadata = z.infer<typeof metadataSchema>;

/** The members of metadata that clients decide. */
const givenMembers = ['labels', 'annotations', 'ownerReferences', 'finalizers'] as const;

/** metadata of a new object; the store adds the rest. @throws StatusError 400. */
export function newMetadata(given: GivenMetadata, kind: Kind, namespace: string): KubeMetadata {
  if (given.resourceVersion !== undefined && given.resourceVersion !== '') {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  const generated = given.name === undefined || given.name === '';
  const name =
    generated && given.generateName !== undefined ? randomName(given.generateName) : (given.name ?? '');
  return {
    name,
    ...(given.generateName === undefined ? {} : { generateName: given.generateName }),
    ...(kind.namespaced ? { namespace } : {}),
    ...pickGiven(given),
    uid: '',
    resourceVersion: '',
    creationTimestamp: '',
  };
}

/** metadata of a changed object: the previous one with what clients decide. */
export function changedMetadata(given: GivenMetadata, previous: KubeMetadata): KubeMetadata {
  const kept = { ...previous };
  for (const member of givenMembers) delete kept[member];
  return { ...kept, ...pickGiven(given) };
}

function pickGiven(given: GivenMetadata): Partial<KubeMetadata> {
  const picked = givenMembers.map((member) => [member, given[member]] as const);
  return Object.fromEntries(picked.filter(([, value]) => value !== undefined));
}

/** Checks metadata of a new or changed object. */
export function validateMetadata({ metadata }: KubeObject, kind: Kind, problems: Problems): void {
  if (metadata.name === '') problems.required('metadata.name', 'name or generateName is required');
  else problems.invalidFor('metadata.name', metadata.name, kind.nameRule(metadata.name));
  validateLabels(metadata.labels, 'metadata.labels', problems);
  validateAnnotations(metadata.annotations, problems);
  for (const [index, finalizer] of (metadata.finalizers ?? []).entries()) {
    problems.invalidFor(`metadata.finalizers[${index}]`, finalizer, qualifiedNameRule(finalizer));
  }
  validateOwners(metadata, problems);
}

/** Checks keys and values of labels. */
export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  field: string,
  problems: Problems,
): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    problems.invalidFor(field, key, qualifiedNameRule(key));
    problems.invalidFor(field, value, labelValueRule(value));
  }
}

function validateAnnotations(annotations: KubeMetadata['annotations'], problems: Problems): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    problems.invalidFor('metadata.annotations', key, qualifiedNameRule(key.toLowerCase()));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > maxAnnotationBytes) problems.tooLong('metadata.annotations', maxAnnotationBytes);
}

function validateOwners({ ownerReferences = [] }: KubeMetadata, problems: Problems): void {
  for (const [index, owner] of ownerReferences.entries()) {
    for (const member of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      const field = `metadata.ownerReferences[${index}].${member}`;
      if (owner[member] === '')
        problems.invalid(field, '', `${member === 'apiVersion' ? 'version' : member} must not be empty`);
    }
  }
  const controllers = ownerReferences.filter(({ controller }) => controller === true);
  if (controllers.length > 1) {
    problems.invalid(
      'metadata.ownerReferences',
      controllers.map(({ name }) => name),
      'Only one reference can have Controller set to true',
    );
  }
}

/** Checks what a change may not do to metadata. */
export function validateMetadataChange(
  { metadata }: KubeObject,
  previous: KubeObject,
  problems: Problems,
): void {
  if (previous.metadata.deletionTimestamp === undefined) return;
  const before = previous.metadata.finalizers ?? [];
  const added = (metadata.finalizers ?? []).filter((finalizer) => !before.includes(finalizer));
  if (added.length === 0) return;
  problems.forbidden(
    'metadata.finalizers',
    `no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`,
  );
}
