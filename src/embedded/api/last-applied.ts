// What `kubectl apply` notes of what it applied, so that `kubectl apply --server-side` can go on where it left off.
import type { KubeObject } from '../store/object-store.ts';
import { compare } from './fields/compare.ts';
import { FieldSet } from './fields/field-set.ts';
import { fieldSetOf } from './fields/field-set-of.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import type { StructType } from './schema/field-type.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
/** Whose applies are meant: kubectl's own. */
const kubectl = 'kubectl';

/** The fields that are as `kubectl apply` left them: applying them otherwise isn't a conflict with it. */
export function fieldsLastApplied(live: KubeObject | undefined, type: StructType, manager: string): FieldSet {
  const note = live?.metadata.annotations?.[annotation];
  const config = manager === kubectl && note !== undefined ? parsed(note) : undefined;
  if (config === undefined) return new FieldSet();
  const { modified, added, removed } = compare(config, live, type);
  return fieldSetOf(config, type).difference(modified).difference(added).difference(removed);
}

/** The object with the note of what was applied now, if it had one. */
export function noteApplied(object: KubeObject, config: JsonObject, manager: string): KubeObject {
  const { metadata } = object;
  if (manager !== kubectl || (metadata.annotations?.[annotation] ?? '') === '') return object;
  const annotations = { ...metadata.annotations, [annotation]: `${JSON.stringify(withoutNote(config))}\n` };
  return { ...object, metadata: { ...metadata, annotations } };
}

function withoutNote(config: JsonObject): JsonObject {
  const metadata = isJsonObject(config['metadata']) ? config['metadata'] : {};
  if (!isJsonObject(metadata['annotations'])) return config;
  const { [annotation]: _note, ...annotations } = metadata['annotations'];
  return { ...config, metadata: { ...metadata, annotations } };
}

function parsed(note: string): JsonObject | undefined {
  try {
    const json: unknown = JSON.parse(note);
    return isJsonObject(json) ? json : undefined;
  } catch {
    // Somebody wrote something else there: then nothing is known of what was applied.
    return undefined;
  }
}
