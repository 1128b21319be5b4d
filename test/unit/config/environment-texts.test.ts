// Which files are read for what is typed: files, directories, standard input.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readEnvironmentFiles } from '../../../src/config/environment-file.ts';

const made: string[] = [];
afterEach(async () => {
  for (const each of made.splice(0)) await rm(each, { recursive: true });
});

async function directoryWith(files: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-environments-'));
  made.push(directory);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(directory, name, '..'), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return directory;
}

const environment = (name: string) => `kind: VirtualEnvironment\nname: ${name}\n`;
const noInput = () => Promise.reject(new Error('nothing was to be read from there'));

async function read(directory: string, paths: string[], standardInput: () => Promise<string> = noInput) {
  const found = await readEnvironmentFiles(paths, { directory, standardInput });
  return found.map(({ file, name }) => `${file} ${name}`);
}

test('a directory: its files by name, not what else is there or below', async () => {
  const directory = await directoryWith({
    'environments/b.yml': environment('b'),
    'environments/a.yaml': environment('a'),
    'environments/c.json': '{ "kind": "VirtualEnvironment", "name": "c" }',
    'environments/README.md': '# no environment',
    'environments/old/d.yaml': environment('d'),
  });
  expect(await read(directory, ['environments/'])).toEqual([
    'environments/a.yaml a',
    'environments/b.yml b',
    'environments/c.json c',
  ]);
});

test('files in the order typed, each once, also by absolute paths; and standard input', async () => {
  const directory = await directoryWith({ 'b.yaml': environment('b'), 'a.yaml': environment('a') });
  const paths = ['b.yaml', '-', join(directory, 'a.yaml'), 'b.yaml'];
  expect(await read(directory, paths, () => Promise.resolve(environment('c')))).toEqual([
    'b.yaml b',
    'standard input c',
    `${join(directory, 'a.yaml')} a`,
  ]);
});

test('problems of all files are told at once, and a name that two files have', async () => {
  const directory = await directoryWith({
    'a.yaml': `${environment('a')}ttl: never\n`,
    'b.yaml': environment('same'),
    'c.yaml': `# the other one\n${environment('same')}`,
  });
  await expect(read(directory, ['.'])).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: '2 files have 2 problems',
    details: [
      expect.stringContaining('a.yaml:3 ttl: "never" is no time to live') as unknown,
      'c.yaml:3 name: "same" stands in b.yaml:2, too',
    ],
  });
});

test.each<[string, string]>([
  ['missing.yaml', 'there is no file or directory missing.yaml'],
  ['a.yaml/b', 'there is no file or directory a.yaml/b'],
  ['empty', 'empty holds no file *.yaml, *.yml or *.json'],
])('nothing to read: %s', async (path, message) => {
  const directory = await directoryWith({ 'a.yaml': environment('a'), 'empty/README.md': '' });
  await expect(read(directory, [path])).rejects.toMatchObject({ code: 'USAGE', message });
});

test('bytes that are no UTF-8 are refused', async () => {
  const directory = await directoryWith({});
  await writeFile(
    join(directory, 'a.yaml'),
    Buffer.concat([
      Buffer.from(`${environment('a')}vars: { A: `),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(' }'),
    ]),
  );
  await expect(read(directory, ['a.yaml'])).rejects.toMatchObject({
    details: [expect.stringContaining('a.yaml: is not UTF-8 text') as unknown],
  });
});
