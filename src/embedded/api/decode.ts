// Bodies of requests as objects: JSON, of the right kind, with members of the right types.
import type { ZodError } from 'zod';
import { StatusError } from '../store/status-error.ts';
import type { Kind } from './kind.ts';
import { type GivenMetadata, metadataSchema } from './metadata.ts';
import { badRequest } from './request.ts';

/** An object as a client sends it: its types are checked, its values not. */
export interface GivenObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: GivenMetadata;
  readonly [field: string]: unknown;
}

/** Any JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

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

/** Whether a value is a JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Checks that JSON is an object of a kind. @throws StatusError 400. */
export function decodeObject(json: unknown, kind: Kind): GivenObject {
  const object = withoutNulls(json);
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  const refuse = (why: string) =>
    badRequest(`${kind.kind} in version "${apiVersion}" cannot be handled as a ${kind.kind}: ${why}`);
  if (!isJsonObject(object)) throw refuse('the body must be a JSON object');
  const { kind: kindName = kind.kind, apiVersion: version = apiVersion } = object;
  if (kindName !== kind.kind || version !== apiVersion) {
    const given = `${String(kindName)} in version "${String(version)}"`;
    throw badRequest(`${given} cannot be handled as a ${kind.kind} in version "${apiVersion}"`);
  }
  const metadata = metadataSchema.safeParse(object['metadata'] ?? {});
  if (!metadata.success) throw refuse(issueText(metadata.error, 'metadata'));
  const rest = kind.schema.safeParse(object);
  if (!rest.success) throw refuse(issueText(rest.error));
  return { ...(rest.data as JsonObject), apiVersion, kind: kind.kind, metadata: metadata.data };
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
