// Server-side apply in fox's words: a conflict names each field and who manages it, and leaves the object alone.
import { FoxError } from '../../core/errors.ts';
import type { ApiClient, ApplicableObject, ApplyOptions } from './api-client.ts';
import { type ApiError, isStatus } from './api-error.ts';
import type { Resource } from './resources.ts';

/**
 * Applies an object as field manager `fox`.
 * @throws FoxError CONFLICT naming each field that somebody else manages, with that manager; nothing is changed then.
 */
export async function applyObject<T extends ApplicableObject>(
  client: ApiClient,
  resource: Resource,
  object: T,
  options: ApplyOptions = {},
): Promise<T> {
  try {
    return await client.apply(resource, object, options);
  } catch (error) {
    if (!isStatus(error, 409) || conflictsOf(error).length === 0) throw error;
    throw applyConflict(`${object.kind ?? resource} ${object.metadata?.name ?? ''}`, error);
  }
}

function applyConflict(what: string, cause: ApiError): FoxError {
  const conflicts = conflictsOf(cause);
  const fields = conflicts.length === 1 ? 'a field is' : `${conflicts.length} fields are`;
  return new FoxError('CONFLICT', `${what} was left alone: ${fields} managed by somebody else`, {
    details: conflicts.map(({ field, manager }) => `${field}: managed by ${manager}`),
    hints: [
      'Take the fields out of what the other one applies.',
      "`--force-conflicts` makes them fox's: the other one will be told of a conflict, then.",
    ],
    cause,
  });
}

/** Fields in conflict, and their managers, as Kubernetes words them: `conflict with "kubectl" using v1`. */
function conflictsOf({ causes }: ApiError): { field: string; manager: string }[] {
  return causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ field = '', message = '' }) => {
      const manager = /^conflict with (.*)$/s.exec(message)?.[1] ?? message;
      return { field: field.replace(/^\./, ''), manager };
    });
}
