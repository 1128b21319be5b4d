// The published schema and the example: current, complete, and as strict as fox itself.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema } from '../../../src/config/schema.ts';
import { validateConfig } from '../../../src/config/validate-config.ts';

const root = new URL('../../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

/** Every object in the schema that lists its keys, with its path. */
function* objectsOf(
  node: Node,
  path: string,
): Generator<{ path: string; node: Node; properties: Record<string, Node> }> {
  if (node.properties !== undefined) yield { path, node, properties: node.properties };
  for (const [key, child] of Object.entries(node.properties ?? {})) yield* objectsOf(child, `${path}.${key}`);
  if (typeof node.additionalProperties === 'object') yield* objectsOf(node.additionalProperties, `${path}.*`);
  if (node.items !== undefined) yield* objectsOf(node.items, `${path}.*`);
  for (const each of node.anyOf ?? []) yield* objectsOf(each, path);
}

const objects = [...objectsOf(configJsonSchema(), '')];

describe('the JSON schema', () => {
  test('is the published one; `node scripts/generate-schema.mjs` writes it', () => {
    expect(JSON.parse(read('schema/fox.config.schema.json'))).toEqual(configJsonSchema());
  });

  test('knows every object', () => {
    expect(objects.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        '',
        '.components.*',
        '.components.*.build',
        '.components.*.routes.*',
        '.components.*.env.*',
        '.components.*.health',
      ]),
    );
  });

  test.each(objects)(
    'refuses unknown keys at "$path" and describes the known ones',
    ({ node, properties }) => {
      expect(node.additionalProperties).toBe(false);
      for (const [key, { description }] of Object.entries(properties))
        expect([key, description]).toEqual([key, expect.stringMatching(/\w{2}/)]);
    },
  );

  test('says what is needed, and which numbers are allowed', () => {
    expect(configJsonSchema()).toMatchObject({
      required: ['app', 'components'],
      properties: {
        components: {
          additionalProperties: {
            properties: {
              port: { type: 'integer', minimum: 1, maximum: 65535 },
              command: { type: 'array', minItems: 1 },
            },
          },
        },
      },
    });
  });
});

describe('fox.config.example.yaml', () => {
  const text = read('fox.config.example.yaml');

  test('is valid', () => {
    const { app } = validateConfig({ file: 'fox.config.example.yaml', directory: '', text });
    expect(Object.keys(app.components)).toEqual(['storefront', 'catalog', 'search', 'invoices', 'checkout']);
  });

  test('names the schema, so that editors complete it', () => {
    const [first = ''] = text.split('\n');
    expect(first).toBe('# yaml-language-server: $schema=./schema/fox.config.schema.json');
    expect(JSON.parse(read('package.json'))).toMatchObject({
      files: expect.arrayContaining(['schema', 'fox.config.example.yaml']) as unknown,
    });
  });

  test.each(objects)('shows every key of "$path"', ({ path, properties }) => {
    const found = path
      .split('.')
      .slice(1)
      .reduce<unknown[]>(step, [parse(text)]);
    const shown = new Set(
      found
        .filter((value) => value !== null && typeof value === 'object')
        .flatMap((value) => Object.keys(value)),
    );
    // In YAML the comment of the first line takes the place of this key.
    const expected = Object.keys(properties).filter((key) => key !== '$schema');
    expect([...shown]).toEqual(expect.arrayContaining(expected));
  });

  test('explains every key in a comment of its own, the first time that it stands there', () => {
    const lines = text.split('\n');
    const keys = new Set(
      objects.flatMap(({ properties }) => Object.keys(properties)).filter((key) => key !== '$schema'),
    );
    for (const key of keys) {
      const at = lines.findIndex((line) => new RegExp(`^[\\s-]*${key}:`).test(line));
      expect([key, lines[at - 1]]).toEqual([key, expect.stringMatching(/^\s*# /)]);
    }
  });
});

/** Values at one more key (`*`: all keys or items) of each value. */
function step(values: unknown[], key: string): unknown[] {
  return values.flatMap((value) => {
    if (value === null || typeof value !== 'object') return [];
    if (key === '*') return Object.values(value) as unknown[];
    return [(value as Record<string, unknown>)[key]];
  });
}
