// The architecture holds: layers, homes of packages, entries, names, heads, no circles. And each check catches what it is for.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  brokenImports,
  entries,
  headProblems,
  importCircles,
  importsOf,
  layerProblems,
  nameProblems,
  packageProblems,
  processProblems,
  type Sources,
  undocumentedCodes,
} from './architecture-rules.ts';

const root = fileURLToPath(new URL('../../src', import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const sources: Sources = new Map(
  files.map((file) => [file.replaceAll('\\', '/'), readFileSync(join(root, file), 'utf8')]),
);

const planting = (planted: Record<string, string>): Sources => new Map(Object.entries(planted));

describe('of the sources', () => {
  test('there are some, with every entry', () => {
    expect([...sources.keys()]).toEqual(
      expect.arrayContaining([...entries, 'core/errors.ts', 'actions/deploy.ts']),
    );
    expect([...sources].flatMap(([file, text]) => importsOf(file, text)).length).toBeGreaterThan(
      sources.size,
    );
  });

  test.each<[string, (sources: Sources) => string[]]>([
    ['every import is allowed by its layer', layerProblems],
    ['every import leads to a file', brokenImports],
    ['every package is used where it belongs', packageProblems],
    ['only the entries touch the process', processProblems],
    ['every name says something', nameProblems],
    ['every file begins with what it is for', headProblems],
    ['no files import each other in a circle', importCircles],
  ])('%s', (_, problems) => {
    expect(problems(sources)).toEqual([]);
  });

  test('every error code is explained', () => {
    expect(undocumentedCodes(sources.get('core/errors.ts') ?? '')).toEqual([]);
  });
});

describe('the check finds', () => {
  test.each<[string, string, string[]]>([
    [
      'core/a.ts',
      "import { b } from '../cluster/b.ts';",
      ['core/a.ts imports cluster/b.ts: core may not know cluster'],
    ],
    [
      'core/a.ts',
      "import type { B } from '../cluster/b.ts';",
      ['core/a.ts imports cluster/b.ts: core may not know cluster'],
    ],
    [
      'config/a.ts',
      "export * from '../source/b.ts';",
      ['config/a.ts imports source/b.ts: config may not know source'],
    ],
    [
      'embedded/x/a.ts',
      "const b = await import('../../cluster/b.ts');",
      ['embedded/x/a.ts imports cluster/b.ts: embedded may not know cluster'],
    ],
    [
      'router/a.ts',
      "import {\n  a,\n  type B,\n} from '../cluster/b.ts';",
      ['router/a.ts imports cluster/b.ts: router may not know cluster'],
    ],
    [
      'images/a.ts',
      "import '../source/b.ts';",
      ['images/a.ts imports source/b.ts: images may not know source'],
    ],
    [
      'actions/a.ts',
      "import { b } from '../output/b.ts';",
      ['actions/a.ts imports output/b.ts: actions may not know output'],
    ],
    ['actions/a.ts', "import type { B } from '../output/b.ts';", []],
    ['actions/a.ts', "import { type B, type C } from '../cli/b.ts';", []],
    [
      'actions/a.ts',
      "import { type B, c } from '../cli/b.ts';",
      ['actions/a.ts imports cli/b.ts: actions may not know cli'],
    ],
    [
      'output/a.ts',
      "import { b } from '../actions/b.ts';",
      ['output/a.ts imports actions/b.ts: output may not know actions'],
    ],
    [
      'core/a.ts',
      "import { b } from '../main.ts';",
      ['core/a.ts imports main.ts: core may not know main.ts'],
    ],
    ['stuff/a.ts', "import { b } from '../core/b.ts';", ['stuff/a.ts: the folder stuff has no layer']],
    ['core/a.ts', "// import { b } from '../cluster/b.ts';\n/* import '../cluster/b.ts' */", []],
    [
      'cli/a.ts',
      "import { b } from '../actions/b.ts';\nimport { c } from '../output/c.ts';\nimport { d } from './d.ts';",
      [],
    ],
  ])('layers: %s with %s', (file, text, problems) => {
    expect(layerProblems(planting({ [file]: text }))).toEqual(problems);
  });

  test.each<[string, string, number]>([
    ['cli/a.ts', "import chalk from 'chalk';", 1],
    ['output/a.ts', "import chalk from 'chalk';", 0],
    ['actions/a.ts', "import { KubeConfig } from '@kubernetes/client-node';", 1],
    ['actions/a.ts', "import type { V1Pod } from '@kubernetes/client-node';", 0],
    ['router/a.ts', "import { KubeConfig } from '@kubernetes/client-node';", 0],
    ['actions/a.ts', "const { open } = await import('lmdb');", 1],
  ])('packages: %s with %s', (file, text, count) => {
    expect(packageProblems(planting({ [file]: text }))).toHaveLength(count);
  });

  test.each<[string, string, number]>([
    ['actions/a.ts', 'process.exit(1);', 1],
    ['actions/a.ts', 'process.exitCode = 1;', 1],
    ['actions/a.ts', 'const [, file] = process.argv;', 1],
    ['actions/a.ts', "process.on('SIGINT', stop);", 1],
    ['actions/a.ts', "globalThis.process.once('SIGINT', stop);", 1],
    ['actions/a.ts', "this.#process.on('close', stop); child.process.on('x', y); process.env['X'];", 0],
    ['actions/a.ts', '// process.exit(1)', 0],
    ['router/main.ts', 'process.exit(1);', 0],
  ])('the process: %s with %s', (file, text, count) => {
    expect(processProblems(planting({ [file]: text }))).toHaveLength(count);
  });

  test.each<[string, number]>([
    ['core/utils.ts', 1],
    ['core/helpers/a.ts', 1],
    ['common/a.ts', 1],
    ['core/camelCase.ts', 1],
    ['core/output-lines.ts', 0],
  ])('names: %s', (file, count) => {
    expect(nameProblems(planting({ [file]: '' }))).toHaveLength(count);
  });

  test.each<[string, number]>([
    ['// What it is for.\nimport x;', 0],
    ['// What it is for\nimport x;', 1],
    ['import x;', 1],
    ['\n// What it is for.', 1],
    ['/** What it is for. */', 1],
  ])('heads: %s', (text, count) => {
    expect(headProblems(planting({ 'core/a.ts': text }))).toHaveLength(count);
  });

  test('circles, also through types, of one file and of several', () => {
    const planted = planting({
      'core/a.ts': "import { b } from './b.ts';",
      'core/b.ts': "import type { C } from './deep/c.ts';",
      'core/deep/c.ts': "export { a } from '../a.ts';",
      'core/self.ts': "import { x } from './self.ts';",
      'core/line.ts': "import { a } from './a.ts';",
    });
    expect(importCircles(planted)).toEqual([
      'core/a.ts → core/b.ts → core/deep/c.ts → core/a.ts',
      'core/self.ts → core/self.ts',
    ]);
  });

  test('imports that lead nowhere', () => {
    expect(brokenImports(planting({ 'core/a.ts': "import { b } from './b';", 'core/b.ts': '' }))).toEqual([
      "core/a.ts imports core/b, which doesn't exist",
    ]);
  });

  test('error codes without a comment', () => {
    const text =
      'export const exitCodes = {\n  /** Explained. */\n  GOOD: 1,\n  BAD: 2,\n  /**\n   * Explained\n   * at length.\n   */\n  LONG: 3,\n} as const;';
    expect(undocumentedCodes(text)).toEqual(['BAD']);
  });
});
