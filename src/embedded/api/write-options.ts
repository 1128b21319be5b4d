// How a write is meant: for real or only tried, by whom, and how strictly its fields are looked at.
import { isJsonObject } from './json.ts';
import type { ApiRequest } from './request.ts';
import { Problems } from './problems.ts';

/** What becomes of fields that a kind doesn't have: dropped, dropped with a warning, refused. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** The options of a write. */
export interface WriteOptions {
  /** Validate and answer, but store nothing. */
  readonly dryRun: boolean;
  /** Take fields from their managers. */
  readonly force: boolean;
  /** Who writes. */
  readonly manager: string;
  readonly fieldValidation: FieldValidation;
}

const applyType = 'application/apply-patch+yaml';
const maxManagerLength = 128;
const validations = ['Ignore', 'Strict', 'Warn'] as const;
const optionKinds: Readonly<Record<string, string>> = {
  POST: 'CreateOptions',
  PUT: 'UpdateOptions',
  PATCH: 'PatchOptions',
  DELETE: 'DeleteOptions',
};

/** The media type of a body, without its parameters. */
export function mediaType({ headers }: ApiRequest): string | undefined {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase();
}

/** Whether a request is a server-side apply. */
export function isApply(request: ApiRequest): boolean {
  return request.method === 'PATCH' && mediaType(request) === applyType;
}

/** Reads the options of a request's query. @throws StatusError 422. */
export function writeOptions(request: ApiRequest, query: URLSearchParams): WriteOptions {
  const problems = new Problems();
  const manager = query.get('fieldManager') ?? '';
  const force = query.get('force');
  if (isApply(request) && manager === '') problems.required('fieldManager', 'is required for apply patch');
  if (!isApply(request) && force !== null && request.method === 'PATCH')
    problems.forbidden('force', 'may not be specified for non-apply patch');
  checkManager(manager, problems);
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  if (dryRun.some((value) => value !== 'All')) problems.unsupported('dryRun', dryRun, ['All']);
  const asked = query.get('fieldValidation') ?? '';
  const fieldValidation = asked === '' ? 'Warn' : validations.find((one) => one === asked);
  if (fieldValidation === undefined) problems.unsupported('fieldValidation', asked, ['', ...validations]);
  const kind = optionKinds[request.method] ?? 'ListOptions';
  problems.throwIfAny({ kind, group: 'meta.k8s.io' }, '');
  return {
    dryRun: dryRun.length > 0,
    force: force === 'true' || force === '1',
    manager: manager === '' ? agentName(request) : manager,
    fieldValidation: fieldValidation ?? 'Warn',
  };
}

function checkManager(manager: string, problems: Problems): void {
  if (Buffer.byteLength(manager) > maxManagerLength) problems.tooLong('fieldManager', maxManagerLength);
  const unprintable = [...manager].findIndex((character) => /[^\P{C}]|[^\P{Z} ]/u.test(character));
  if (unprintable < 0) return;
  const code = manager.codePointAt(unprintable)?.toString(16).toUpperCase().padStart(4, '0') ?? '';
  problems.invalid('fieldManager', manager, `invalid character U+${code} (at position ${unprintable})`);
}

/** Who doesn't say who writes is called as the program is. */
function agentName({ headers }: ApiRequest): string {
  const [name = ''] = (headers['user-agent'] ?? '').split('/');
  const printable = name.replaceAll(/\p{C}/gu, '').slice(0, maxManagerLength);
  return printable === '' ? 'unknown' : printable;
}

/** An object's metadata.managedFields as somebody sends them. */
export function managedFieldsOf(json: unknown): unknown {
  return isJsonObject(json) && isJsonObject(json['metadata']) ? json['metadata']['managedFields'] : undefined;
}
