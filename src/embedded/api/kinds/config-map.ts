// ConfigMaps and Secrets: text and bytes by key.
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { defineKind, textByName } from '../kind.ts';
import { configKeyRule, subdomainRule } from '../name-rules.ts';
import type { Problems } from '../problems.ts';
import { ageColumn, nameColumn } from './columns.ts';

const maxBytes = 2 ** 20;

const bytesByName = z.record(z.string(), z.base64({ error: 'illegal base64 data' }));

const configMapSchema = z.looseObject({
  data: textByName.optional(),
  binaryData: bytesByName.optional(),
  immutable: z.boolean().optional(),
});

const secretSchema = z.looseObject({
  type: z.string().optional(),
  data: bytesByName.optional(),
  stringData: textByName.optional(),
  immutable: z.boolean().optional(),
});

/** Configuration, as text and bytes by key. */
export const configMaps = defineKind<z.infer<typeof configMapSchema>>({
  resource: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  nameRule: subdomainRule,
  schema: configMapSchema,
  validate({ data = {}, binaryData = {} }, problems) {
    validateKeys(data, 'data', problems);
    validateKeys(binaryData, 'binaryData', problems);
    for (const key of Object.keys(data)) {
      if (Object.hasOwn(binaryData, key))
        problems.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData');
    }
    const text = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
    if (text + decodedBytes(binaryData) > maxBytes) problems.tooLong('', maxBytes);
  },
  validateChange: (configMap, previous, problems) =>
    keepImmutable(configMap, previous, ['data', 'binaryData'], problems),
  columns: [
    nameColumn,
    {
      name: 'Data',
      type: 'string',
      description: 'Number of keys.',
      cell: ({ data = {}, binaryData = {} }) => Object.keys(data).length + Object.keys(binaryData).length,
    },
    ageColumn,
  ],
});

/** What only its users may see, as bytes by key. */
export const secrets = defineKind<z.infer<typeof secretSchema>>({
  resource: 'secrets',
  singular: 'secret',
  nameRule: subdomainRule,
  fields: ['type'],
  schema: secretSchema,
  complete({ stringData, ...secret }) {
    const type = secret.type ?? 'Opaque';
    if (stringData === undefined) return { ...secret, type };
    const folded = Object.entries(stringData).map(
      ([key, text]) => [key, Buffer.from(text).toString('base64')] as const,
    );
    return { ...secret, type, data: { ...secret.data, ...Object.fromEntries(folded) } };
  },
  validate({ type, data = {} }, problems) {
    validateKeys(data, 'data', problems);
    if (decodedBytes(data) > maxBytes) problems.tooLong('data', maxBytes);
    validateSecretType(type ?? '', data, problems);
  },
  validateChange(secret, previous, problems) {
    if (secret.type !== previous.type) problems.invalid('type', secret.type, 'field is immutable');
    keepImmutable(secret, previous, ['data'], problems);
  },
  columns: [
    nameColumn,
    { name: 'Type', type: 'string', description: 'What it is for.', cell: ({ type }) => type ?? '' },
    {
      name: 'Data',
      type: 'string',
      description: 'Number of keys.',
      cell: ({ data = {} }) => Object.keys(data).length,
    },
    ageColumn,
  ],
});

/** What Secrets of Kubernetes' own types must have. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

function validateSecretType(type: string, data: Readonly<Record<string, string>>, problems: Problems): void {
  for (const key of requiredKeys[type] ?? []) {
    const content = data[key];
    if (content === undefined) problems.required(`data[${key}]`);
    else if (key.startsWith('.docker') && !isJson(Buffer.from(content, 'base64').toString()))
      problems.invalid(`data[${key}]`, '<secret contents redacted>', 'invalid JSON');
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function validateKeys(data: Readonly<Record<string, unknown>>, field: string, problems: Problems): void {
  for (const key of Object.keys(data)) problems.invalidFor(`${field}[${key}]`, key, configKeyRule(key));
}

function decodedBytes(data: Readonly<Record<string, string>>): number {
  return Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0);
}

/** Once `immutable` is true, neither it nor the data can change. */
function keepImmutable<Key extends string>(
  object: { readonly immutable?: boolean | undefined } & Readonly<Partial<Record<Key, unknown>>>,
  previous: { readonly immutable?: boolean | undefined } & Readonly<Partial<Record<Key, unknown>>>,
  keys: readonly Key[],
  problems: Problems,
): void {
  if (previous.immutable !== true) return;
  const forbid = (field: string) => problems.forbidden(field, 'field is immutable when `immutable` is set');
  if (object.immutable !== true) forbid('immutable');
  for (const key of keys) if (!isDeepStrictEqual(object[key], previous[key])) forbid(key);
}
