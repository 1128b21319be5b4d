// Bodies of requests as objects: JSON, of the right kind, with members of the right types.
import type { ZodError } from 'zod';
import { StatusError } from '../store/status-error.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import type { Kind } from './kind.ts';
import { type GivenMetadata, metadataSchema } from './metadata.ts';
import { badRequest } from './request.ts';
import { conform } from './schema/conform.ts';
import { typeOfKind } from './schema/field-type.ts';
import type { FieldValidation } from './write-options.ts';

/** How strictly fields are looked at, and who is told of those that are dropped. */
export interface FieldCheck {
  readonly validation: FieldValidation;
  readonly warn: (text: string) => void;
}

const tolerant: FieldCheck = { validation: 'Ignore', warn: () => undefined };

/** An object as a client sends it: its types are checked, its values not. */
export interface GivenObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: GivenMetadata;
  readonly [field: string]: unknown;
}

/** The JSON of a body; undefined if it is empty. Members that are null are none, as in Kubernetes. @throws StatusError 400. */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StatusError(400, 'BadRequest', `the body is not JSON: ${why}`, {}, cause);
  }
  return value;
}

/** JSON without members that are null. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  // Libraries leave members of this name out, to be safe; better no object than one with a part lost.
  if (Object.hasOwn(value, '__proto__'))
    throw badRequest('the embedded cluster stores no member named __proto__');
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}

/** Checks that JSON is an object of a kind, and drops what the kind doesn't have. @throws StatusError 400. */
export function decodeObject(json: unknown, kind: Kind, check: FieldCheck = tolerant): GivenObject {
  const given = withoutNulls(json);
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  const refuse = (why: string) =>
    badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${why}`);
  if (!isJsonObject(given)) throw refuse('the body must be a JSON object');
  const { kind: kindName = kind.kind, apiVersion: version = apiVersion } = given;
  if (kindName !== kind.kind || version !== apiVersion) {
    const found = `${String(kindName)} in version "${String(version)}"`;
    throw badRequest(`${found} cannot be handled as a ${kind.kind} in version "${apiVersion}"`);
  }
  const object = known(given, kind, check, refuse);
  const metadata = metadataSchema.safeParse(object['metadata'] ?? {});
  if (!metadata.success) throw refuse(issueText(metadata.error, 'metadata'));
  const rest = kind.schema.safeParse(object);
  if (!rest.success) throw refuse(issueText(rest.error));
  return { ...(rest.data as JsonObject), apiVersion, kind: kind.kind, metadata: metadata.data };
}

/** An object with the fields that its kind has. */
function known(
  given: JsonObject,
  kind: Kind,
  { validation, warn }: FieldCheck,
  refuse: (why: string) => StatusError,
): JsonObject {
  const { value, unknown } = conformed(given, kind, refuse);
  const unknownFields = unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
  if (unknown.length > 0 && validation === 'Strict')
    throw refuse(`strict decoding error: ${unknownFields.join(', ')}`);
  if (validation === 'Warn') for (const text of unknownFields) warn(text);
  return value as JsonObject;
}

function conformed(given: JsonObject, kind: Kind, refuse: (why: string) => StatusError) {
  try {
    return conform(given, typeOfKind(kind.kind));
  } catch (error) {
    throw error instanceof StatusError ? refuse(error.message) : error;
  }
}

/** The first type error, as `spec.replicas: Invalid input: expected int, received string`. */
function issueText(error: ZodError, prefix?: string): string {
  const [issue] = error.issues;
  const path = [...(prefix === undefined ? [] : [prefix]), ...(issue?.path ?? [])];
  const text = path.map((part, index) =>
    typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
  );
  return `${text.join('')}: ${issue?.message ?? 'invalid'}`;
}
