// Works out the environment variables of a container's process: from the image, the Pod, ConfigMaps and Secrets.
import type { KubeObject, ObjectStore } from '../store/object-store.ts';
import { expandVariables } from './expand-variables.ts';
import {
  type Container,
  type EnvSource,
  type EnvVariable,
  type KeyReference,
  namespaceOf,
  nodeName,
  type Pod,
} from './pod.ts';

/** A ConfigMap, Secret or field that a container needs isn't there. */
export class ConfigProblem extends Error {
  override readonly name = 'ConfigProblem';
}

/** What of the daemon's own environment a process gets, and nothing else. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'LANG'];
const variableName = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/** What a container's variables are made of. */
export interface EnvironmentSources {
  readonly store: Pick<ObjectStore, 'get'>;
  /** The daemon's environment. */
  readonly own: Readonly<Record<string, string | undefined>>;
  /** `NAME=value`, from the image. */
  readonly image: readonly string[];
  /** What the runtime gives, above all else: PORT, URLs of callees. */
  readonly given: Readonly<Record<string, string>>;
}

/** @throws ConfigProblem when something that isn't optional is missing. */
export function containerEnvironment(
  pod: Pod,
  container: Container,
  sources: EnvironmentSources,
): Map<string, string> {
  // Many servers take the address to listen on from HOST: the pods of a laptop are nobody else's affair.
  const values = new Map<string, string>([['HOST', '127.0.0.1']]);
  for (const line of sources.image) {
    const [name = '', ...value] = line.split('=');
    // The image's PATH names directories of its base, which isn't here.
    if (name !== '' && name !== 'PATH') values.set(name, value.join('='));
  }
  for (const name of inherited) {
    const value = sources.own[name];
    if (value !== undefined) values.set(name, value);
  }
  for (const source of container.envFrom ?? []) {
    for (const [name, value] of wholeSource(pod, source, sources.store)) values.set(name, value);
  }
  // Ahead of the container's own variables, which may refer to them, and after these, which can't change them.
  for (const [name, value] of Object.entries(sources.given)) values.set(name, value);
  for (const variable of container.env ?? []) {
    if (Object.hasOwn(sources.given, variable.name)) continue;
    const value = variableValue(pod, variable, sources.store, values);
    if (value !== undefined) values.set(variable.name, value);
  }
  return values;
}

function wholeSource(pod: Pod, source: EnvSource, store: EnvironmentSources['store']): [string, string][] {
  const { prefix = '', configMapRef, secretRef } = source;
  const pairs: [string, string][] = [];
  for (const [kind, reference] of [
    ['configmaps', configMapRef],
    ['secrets', secretRef],
  ] as const) {
    if (reference === undefined) continue;
    const data = dataOf(pod, kind, reference.name, store);
    if (data === undefined && reference.optional !== true) throw absent(kind, reference.name);
    for (const [key, value] of Object.entries(data ?? {})) {
      if (variableName.test(prefix + key)) pairs.push([prefix + key, value]);
    }
  }
  return pairs;
}

function variableValue(
  pod: Pod,
  { name, value, valueFrom }: EnvVariable,
  store: EnvironmentSources['store'],
  before: ReadonlyMap<string, string>,
): string | undefined {
  if (valueFrom === undefined) return expandVariables(value ?? '', before);
  const { configMapKeyRef, secretKeyRef, fieldRef } = valueFrom;
  if (configMapKeyRef !== undefined) return keyValue(pod, 'configmaps', configMapKeyRef, store);
  if (secretKeyRef !== undefined) return keyValue(pod, 'secrets', secretKeyRef, store);
  if (fieldRef !== undefined) return fieldValue(pod, fieldRef.fieldPath);
  throw new ConfigProblem(
    `variable ${name}: the embedded cluster has values from ConfigMaps, Secrets and fields only`,
  );
}

function keyValue(
  pod: Pod,
  kind: 'configmaps' | 'secrets',
  { name, key, optional }: KeyReference,
  store: EnvironmentSources['store'],
): string | undefined {
  const data = dataOf(pod, kind, name, store);
  const value = data !== undefined && Object.hasOwn(data, key) ? data[key] : undefined;
  if (value !== undefined || optional === true) return value;
  if (data === undefined) throw absent(kind, name);
  throw new ConfigProblem(`couldn't find key ${key} in ${kindName(kind)} ${namespaceOf(pod)}/${name}`);
}

/** The downward API, as far as it makes sense on one machine. */
function fieldValue(pod: Pod, path: string): string {
  const { name, uid, labels = {}, annotations = {} } = pod.metadata;
  const named = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (named !== null) return (named[1] === 'labels' ? labels : annotations)[named[2] ?? ''] ?? '';
  const fields: Record<string, string> = {
    'metadata.name': name,
    'metadata.namespace': namespaceOf(pod),
    'metadata.uid': uid,
    'spec.nodeName': nodeName,
    'status.podIP': '127.0.0.1',
    'status.hostIP': '127.0.0.1',
  };
  const value = fields[path];
  if (value === undefined) throw new ConfigProblem(`the embedded cluster doesn't know the field ${path}`);
  return value;
}

function dataOf(
  pod: Pod,
  kind: 'configmaps' | 'secrets',
  name: string,
  store: EnvironmentSources['store'],
): Record<string, string> | undefined {
  const object: KubeObject | undefined = store.get(kind, namespaceOf(pod), name);
  if (object === undefined) return undefined;
  const data = (object['data'] ?? {}) as Record<string, string>;
  if (kind === 'configmaps') return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

function absent(kind: 'configmaps' | 'secrets', name: string): ConfigProblem {
  return new ConfigProblem(`${kindName(kind)} "${name}" not found`);
}

function kindName(kind: 'configmaps' | 'secrets'): string {
  return kind === 'configmaps' ? 'configmap' : 'secret';
}
