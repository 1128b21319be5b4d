// JSON patch (RFC 6902).
import { isDeepStrictEqual } from 'node:util';
import { StatusError } from '../../store/status-error.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { badRequest } from '../request.ts';

const maxOperations = 10_000;

type Members = Record<string, unknown>;
type Container = unknown[] | Members;
/** What is above the target. */
type Root = Members & { target: unknown };

/**
 * The target with all operations of a patch applied, one after the other; the target isn't changed.
 * @throws StatusError 400 for what is no patch; 413 for one that is too long; 422 for one that doesn't fit the target.
 */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest('error decoding patch: a JSON patch must be a list of operations');
  if (patch.length > maxOperations) {
    const message = `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`;
    throw new StatusError(413, 'RequestEntityTooLarge', message);
  }
  const operations = patch.map(parseOperation);
  // One root above the target, so that the target itself can be replaced.
  const root: Root = { target: structuredClone(target) };
  for (const operation of operations) apply(root, operation);
  return root.target;
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from: string;
  readonly value: unknown;
}

function parseOperation(json: unknown): Operation {
  const given: JsonObject = isJsonObject(json) ? json : {};
  const { op, path, from = '', value } = given;
  if (typeof op !== 'string' || typeof path !== 'string' || typeof from !== 'string')
    throw badRequest('error decoding patch: each operation has an op and a path, both text');
  return { op, path, from, value };
}

function apply(root: Root, { op, path, from, value }: Operation): void {
  switch (op) {
    case 'add':
      add(root, path, structuredClone(value ?? null));
      break;
    case 'remove':
      remove(root, path, op);
      break;
    case 'replace':
      replace(root, path, structuredClone(value ?? null));
      break;
    case 'move':
      if (path.startsWith(`${from}/`)) throw unfit(`${op} operation can't move a value into itself: ${from}`);
      add(root, path, remove(root, from, op));
      break;
    case 'copy': {
      const found = read(root, from);
      if (found === undefined) throw missing(op, from);
      add(root, path, structuredClone(found));
      break;
    }
    case 'test':
      if (!isDeepStrictEqual(read(root, path) ?? null, value ?? null))
        throw unfit(`testing value ${path} failed: test failed`);
      break;
    default:
      throw unfit(`Unexpected kind: ${op}`);
  }
}

/** Where a path leads: the last key, and what has it. */
function locate(root: Root, path: string, op: string): { container: Container; key: string } {
  if (path !== '' && !path.startsWith('/')) throw missing(op, path);
  const keys = path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  let container: Container = root;
  let key = 'target';
  for (const next of keys) {
    const inside = member(container, key);
    if (Array.isArray(inside)) container = inside;
    else if (isMembers(inside)) container = inside;
    else throw missing(op, path);
    key = next;
  }
  return { container, key };
}

function isMembers(value: unknown): value is Members {
  return isJsonObject(value);
}

function member(container: Container, key: string): unknown {
  if (Array.isArray(container)) return /^(0|[1-9]\d*)$/.test(key) ? container[Number(key)] : undefined;
  return Object.hasOwn(container, key) ? container[key] : undefined;
}

function read(root: Root, path: string): unknown {
  const { container, key } = locate(root, path, 'test');
  return member(container, key);
}

/** A member of an object needn't have been there: Kubernetes doesn't insist. */
function replace(root: Root, path: string, value: unknown): void {
  const { container, key } = locate(root, path, 'replace');
  if (!Array.isArray(container)) setMember(container, key, value);
  else if (member(container, key) === undefined) throw missing('replace', path);
  else container[Number(key)] = value;
}

function add(root: Root, path: string, value: unknown): void {
  const { container, key } = locate(root, path, 'add');
  if (!Array.isArray(container)) {
    setMember(container, key, value);
    return;
  }
  const index = key === '-' ? container.length : Number(key);
  if ((key !== '-' && !/^(0|[1-9]\d*)$/.test(key)) || index > container.length) {
    throw unfit(
      `add operation does not apply: doc is missing path: "${path}": Unable to access invalid index: ${key}: invalid index referenced`,
    );
  }
  container.splice(index, 0, value);
}

function remove(root: Root, path: string, op: string): unknown {
  const { container, key } = locate(root, path, op);
  const found = member(container, key);
  if (found === undefined) throw missing(op, path);
  if (Array.isArray(container)) container.splice(Number(key), 1);
  else delete container[key];
  return found;
}

/** A member named __proto__ is a member like any other. */
function setMember(container: Members, key: string, value: unknown): void {
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

function missing(op: string, path: string): StatusError {
  return unfit(`${op} operation does not apply: doc is missing path: "${path}": missing value`);
}

function unfit(message: string): StatusError {
  return new StatusError(422, 'Invalid', `the patch doesn't fit the object: ${message}`);
}
