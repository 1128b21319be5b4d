// Collects what is wrong with an object, in Kubernetes' words, and makes the 422 Status of it.
import { type StatusCause, StatusError } from '../store/status-error.ts';

/** The fields that are wrong. Paths as Kubernetes writes them: `spec.containers[0].name`. */
export class Problems {
  readonly causes: StatusCause[] = [];

  required(field: string, detail?: string): void {
    this.#add(
      'FieldValueRequired',
      field,
      detail === undefined ? 'Required value' : `Required value: ${detail}`,
    );
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.#add('FieldValueInvalid', field, `Invalid value: ${JSON.stringify(value)}: ${detail}`);
  }

  notFound(field: string, value: unknown): void {
    this.#add('FieldValueNotFound', field, `Not found: ${JSON.stringify(value)}`);
  }

  forbidden(field: string, detail: string): void {
    this.#add('FieldValueForbidden', field, `Forbidden: ${detail}`);
  }

  duplicate(field: string, value: unknown): void {
    this.#add('FieldValueDuplicate', field, `Duplicate value: ${JSON.stringify(value)}`);
  }

  unsupported(field: string, value: unknown, supported: readonly string[]): void {
    const list = supported.map((one) => JSON.stringify(one)).join(', ');
    this.#add(
      'FieldValueNotSupported',
      field,
      `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
    );
  }

  tooLong(field: string, bytes: number): void {
    this.#add('FieldValueTooLong', field, `Too long: may not be more than ${bytes} bytes`);
  }

  /** One `Invalid value` per sentence. */
  invalidFor(field: string, value: unknown, details: readonly string[]): void {
    for (const detail of details) this.invalid(field, value, detail);
  }

  /** @throws StatusError 422 that lists every cause, if there is one. */
  throwIfAny(kind: { readonly kind: string; readonly group: string }, name: string): void {
    if (this.causes.length === 0) return;
    const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
    const lines = this.causes.map(({ field, message }) => `${field}: ${message}`);
    const list = lines.length === 1 ? lines.join('') : `[${lines.join(', ')}]`;
    throw new StatusError(422, 'Invalid', `${qualified} "${name}" is invalid: ${list}`, {
      ...(name === '' ? {} : { name }),
      ...(kind.group === '' ? {} : { group: kind.group }),
      ...(kind.kind === '' ? {} : { kind: kind.kind }),
      causes: this.causes,
    });
  }

  #add(reason: string, field: string, message: string): void {
    this.causes.push({ reason, message, field: field === '' ? '[]' : field });
  }
}
