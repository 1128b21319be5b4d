// The error that store and API answer with: what Kubernetes calls a Status.
import { qualifiedName, resourceTypes } from './resources.ts';

/** One field that is wrong. */
export interface StatusCause {
  /** Kubernetes' word, e.g. `FieldValueRequired`. */
  readonly reason: string;
  readonly message: string;
  /** Path of the field, e.g. `spec.template.spec.containers[0].image`. */
  readonly field: string;
}

/** What a Status is about. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** An expected refusal, as Kubernetes words it. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  /** HTTP status. */
  readonly code: number;
  /** Kubernetes' word for it, e.g. `AlreadyExists`; `''` where it has none. */
  readonly reason: string;
  readonly details: StatusDetails;
  /** How a list that was cut goes on nevertheless. */
  readonly metadata: { readonly continue?: string };

  constructor(
    code: number,
    reason: string,
    message: string,
    details: StatusDetails = {},
    cause?: unknown,
    metadata: { readonly continue?: string } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.metadata = metadata;
  }

  /** The Status object that clients get. */
  toJSON(): object {
    const { code, reason, message, details, metadata } = this;
    const shown = Object.keys(details).length === 0 ? {} : { details };
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata,
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...shown,
      code,
    };
  }
}

/** 404: no object of that name. */
export function notFound(resource: string, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${named(resource, name)} not found`, about(resource, name));
}

/** 409: the name is taken. */
export function alreadyExists(resource: string, name: string): StatusError {
  return new StatusError(
    409,
    'AlreadyExists',
    `${named(resource, name)} already exists`,
    about(resource, name),
  );
}

/** 409: the object isn't the one, or not in the state, that the writer has seen. */
export function conflict(resource: string, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${named(resource, name)}: ${why}`;
  return new StatusError(409, 'Conflict', message, about(resource, name));
}

/** 410: a watch asks for changes that are no longer kept. */
export function expired(version: number, oldest: number): StatusError {
  return new StatusError(410, 'Expired', `too old resource version: ${version} (${oldest})`);
}

/** 503: nobody runs the cluster; what it has can only be read. */
export function stopped(): StatusError {
  const message = 'the embedded cluster is stopped: what it has can be read, not changed or watched';
  return new StatusError(503, 'ServiceUnavailable', message);
}

/** 507: the disk, or the user's share of it, is full. */
export function outOfStorage(cause: unknown): StatusError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `the embedded cluster could not store this, its disk is full or broken (${why}); nothing was written`;
  return new StatusError(507, 'InsufficientStorage', message, {}, cause);
}

/** Kind, group and name of an object, for a Status' details. */
export function about(resource: string, name: string): StatusDetails {
  const group = resourceTypes[resource]?.group ?? '';
  return { name, ...(group === '' ? {} : { group }), kind: resource };
}

function named(resource: string, name: string): string {
  return `${qualifiedName(resource)} "${name}"`;
}
