// Reads what ConfigMaps hold of virtual environments: anybody may have edited them, and nothing else may break by that.
import type { VariableValue } from '../version/app.ts';
import type { Environment } from './environment.ts';
import { accesses, type EnvironmentDefinition, policies } from './environment-definition.ts';

const texts = ['parent', 'subPath', 'accessKey', 'skewProtection', 'ttl', 'expiresAt'];

/** The definition of environment `name`, or why the text is none, as a sentence fragment: `its vars.THEME is not readable`. */
export function readDefinition(text: string | undefined, name: string): EnvironmentDefinition | string {
  const read = objectIn(text);
  if (typeof read === 'string') return read;
  if (read['name'] !== undefined && read['name'] !== name)
    return `its ConfigMap is of ${JSON.stringify(read['name'])}`;
  const { vars = {}, secrets = {}, hosts = [], policy, access } = read;
  const damaged =
    badMember('vars', vars, isValue) ??
    badMember('secrets', secrets, isReference) ??
    (Array.isArray(hosts) && hosts.every(isText) ? undefined : 'hosts') ??
    (policy === undefined || policies.some((each) => each === policy) ? undefined : 'policy') ??
    (access === undefined || accesses.some((each) => each === access) ? undefined : 'access') ??
    ['sticky', 'responseHeaders'].find((key) => !['boolean', 'undefined'].includes(typeof read[key])) ??
    texts.find((key) => !isTextOrAbsent(read[key]));
  if (damaged !== undefined) return `its ${damaged} is not readable`;
  return { ...read, name, vars: vars as EnvironmentDefinition['vars'] };
}

/** What a release holds on to, of environment `name`; or why the text is nothing of that kind. */
export function readConfiguration(text: string | undefined, name: string): Environment | string {
  const read = objectIn(text);
  if (typeof read === 'string') return read;
  const { vars, secrets = {}, configuration } = read;
  const damaged =
    badMember('vars', vars, isValue) ??
    badMember('secrets', secrets, isText) ??
    // Without it, this would pass for what the environment says now.
    (isText(configuration) && configuration !== '' ? undefined : 'configuration');
  if (damaged !== undefined) return `its ${damaged} is not readable`;
  return { ...(read as unknown as Environment), name };
}

function objectIn(text = ''): Readonly<Record<string, unknown>> | string {
  try {
    const read: unknown = JSON.parse(text);
    return isMap(read) ? read : 'its ConfigMap has no environment in it';
  } catch {
    return text === '' ? 'its ConfigMap has no environment in it' : 'its ConfigMap is not readable';
  }
}

/** Path of the first member that isn't as it has to be; of the map itself if it is none. */
function badMember(key: string, map: unknown, isRight: (member: unknown) => boolean): string | undefined {
  if (!isMap(map)) return key;
  const name = Object.keys(map).find((each) => !isRight(map[each]));
  return name === undefined ? undefined : `${key}.${name}`;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || isText(value);
}

function isValue(value: unknown): value is VariableValue {
  return Array.isArray(value)
    ? value.every(isTextOrNumber)
    : isTextOrNumber(value) || typeof value === 'boolean';
}

function isTextOrNumber(value: unknown): boolean {
  return isText(value) || typeof value === 'number';
}

function isReference(value: unknown): boolean {
  if (!isMap(value) || !isText(value['fingerprint'])) return false;
  const { from } = value;
  return from === undefined || (isMap(from) && isText(from['name']) && isText(from['key']));
}
