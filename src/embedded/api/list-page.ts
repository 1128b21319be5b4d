// Lists in parts: what `limit` and `continue` ask for, all parts of one list as of one moment.
import type { KubeObject } from '../store/object-store.ts';
import { StatusError } from '../store/status-error.ts';
import type { Call } from './call.ts';
import { isJsonObject } from './json.ts';
import type { Page } from './page.ts';
import { Problems } from './problems.ts';
import { badRequest } from './request.ts';
import { selectionOf } from './selection.ts';

/** Where a list goes on. */
interface Token {
  /** Absent: whatever is there now. */
  readonly version?: number;
  /** `namespace/name` of the last object shown. */
  readonly after: string;
}

const tokenVersion = 'meta.k8s.io/v1';
const tooOld =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without' +
  ' the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing' +
  ' with the provided token results in an inconsistent list - objects that were created, modified, or deleted between' +
  ' the time the first chunk was returned and now may show up in the list.';

/** The list, or the part of it, that a call asks for. @throws StatusError 400, 410, 422 or 504. */
export function readPage(call: Call): Page {
  const { route, query } = call;
  checkVersionMatch(query);
  const limit = limitOf(query);
  const text = query.get('continue') ?? '';
  const token = text === '' ? undefined : decodeToken(text);
  const { items, version } = snapshot(call, token);
  const start = token === undefined ? items : items.filter((item) => isAfter(item, token.after));
  const selected = start.filter(selectionOf(route, query));
  const last = limit === 0 ? undefined : selected[limit - 1];
  if (last === undefined || selected.length === limit) return { items: selected, version };
  const isSelective = query.has('labelSelector') || query.has('fieldSelector');
  return {
    items: selected.slice(0, limit),
    version,
    continue: encodeToken({ version, after: keyOf(last) }),
    ...(isSelective ? {} : { remaining: selected.length - limit }),
  };
}

/** What there is at the moment that a list is about. */
function snapshot(
  { route, query, store }: Call,
  token: Token | undefined,
): { items: KubeObject[]; version: number } {
  const { kind, namespace } = route;
  const now = store.list(kind.resource, namespace);
  const asked = Number(query.get('resourceVersion') ?? 0);
  if (token === undefined) {
    if (asked > now.version) throw tooLarge(asked, now.version);
    if (query.get('resourceVersionMatch') !== 'Exact') return now;
    return { items: store.listAt(kind.resource, namespace, asked), version: asked };
  }
  if (token.version === undefined) return now;
  try {
    return { items: store.listAt(kind.resource, namespace, token.version), version: token.version };
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 410) throw error;
    const metadata = { continue: encodeToken({ after: token.after }) };
    throw new StatusError(410, 'Expired', tooOld, {}, error, metadata);
  }
}

function checkVersionMatch(query: URLSearchParams): void {
  const problems = new Problems();
  const match = query.get('resourceVersionMatch') ?? '';
  const version = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(version)) {
    const text = JSON.stringify(version);
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${text}: strconv.ParseUint: parsing ${text}: invalid syntax`,
    );
  }
  const forbid = (detail: string) => problems.forbidden('resourceVersionMatch', detail);
  if (match !== '' && version === '')
    forbid('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (match !== '' && (query.get('continue') ?? '') !== '')
    forbid('resourceVersionMatch is forbidden when continue is provided');
  if (!['', 'Exact', 'NotOlderThan'].includes(match))
    problems.unsupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']);
  if (match === 'Exact' && version === '0')
    forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  if (query.get('sendInitialEvents') !== null)
    problems.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list');
  problems.throwIfAny({ kind: 'ListOptions', group: 'meta.k8s.io' }, '');
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit') ?? '';
  if (!/^-?\d*$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Math.max(0, Number(text));
}

function tooLarge(asked: number, current: number): StatusError {
  const cause = { reason: 'ResourceVersionTooLarge', message: 'Too large resource version', field: '' };
  const message = `Timeout: Too large resource version: ${asked}, current: ${current}`;
  return new StatusError(504, 'Timeout', message, { causes: [cause], retryAfterSeconds: 1 });
}

function encodeToken({ version = -1, after }: Token): string {
  return Buffer.from(JSON.stringify({ v: tokenVersion, rv: version, start: after })).toString('base64url');
}

function decodeToken(text: string): Token {
  const json = parseToken(text);
  const { v, rv, start } = isJsonObject(json) ? json : {};
  if (v !== tokenVersion || typeof rv !== 'number' || typeof start !== 'string')
    throw badRequest('continue key is not valid: server does not recognize this encoded version');
  return { after: start, ...(rv < 0 ? {} : { version: rv }) };
}

function parseToken(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch (cause) {
    throw new StatusError(400, 'BadRequest', 'invalid continue token: continue key is not valid', {}, cause);
  }
}

/** Objects are listed in the order of their keys. */
function isAfter(object: KubeObject, key: string): boolean {
  return keyOf(object) > key;
}

function keyOf({ metadata: { namespace = '', name } }: KubeObject): string {
  return `${namespace}/${name}`;
}
