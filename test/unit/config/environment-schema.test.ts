// The published schema of virtual environments' files, and the example: current and complete.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseEnvironmentFile } from '../../../src/config/environment-file.ts';
import { environmentJsonSchema } from '../../../src/config/environment-schema.ts';

const root = new URL('../../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const example = read('fox.environment.example.yaml');

interface Node {
  readonly description?: string;
  readonly additionalProperties?: Node | boolean;
  readonly properties?: Readonly<Record<string, Node>>;
}

const schema = environmentJsonSchema() as Node;
const secret = schema.properties?.['secrets']?.additionalProperties as Node;
const keys = Object.keys(schema.properties ?? {}).filter((key) => key !== '$schema');

test('the JSON schema is the published one; `npm run schema` writes it', () => {
  expect(JSON.parse(read('schema/fox.environment.schema.json'))).toEqual(schema);
});

test.each([schema, secret])('it refuses unknown keys and describes the known ones', (node) => {
  expect(node.additionalProperties).toBe(false);
  for (const [key, { description }] of Object.entries(node.properties ?? {}))
    expect([key, description]).toEqual([key, expect.stringMatching(/\w{2}/)]);
});

describe('fox.environment.example.yaml', () => {
  test('is valid, and shows a value of each type', () => {
    const [environment, ...others] = parseEnvironmentFile(example, 'fox.environment.example.yaml');
    expect(others).toEqual([]);
    const types = new Set(
      Object.values(environment?.vars ?? {}).map((value) => (Array.isArray(value) ? 'array' : typeof value)),
    );
    expect([...types]).toEqual(['string', 'number', 'boolean', 'array']);
  });

  test('names the schema, so that editors complete it, and is published', () => {
    const [first = ''] = example.split('\n');
    expect(first).toBe('# yaml-language-server: $schema=./schema/fox.environment.schema.json');
    expect(JSON.parse(read('package.json'))).toMatchObject({
      files: expect.arrayContaining(['schema', 'fox.environment.example.yaml']) as unknown,
    });
  });

  test('shows every key, each with a comment of its own', () => {
    expect(Object.keys(parse(example) as object).toSorted()).toEqual(keys.toSorted());
    const lines = example.split('\n');
    for (const key of [...keys, 'from']) {
      const at = lines.findIndex((line) => new RegExp(`^\\s*${key}:`).test(line));
      expect([key, lines[at - 1]]).toEqual([key, expect.stringMatching(/^\s*# /)]);
    }
  });
});
