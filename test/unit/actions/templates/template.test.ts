// Templates: what a step of a story consists of, and that nobody's files are overwritten.
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readStory, readTemplate, writeFiles } from '../../../../src/actions/templates/template.ts';
import { temporaryDirectory, write } from '../../source/fixture.ts';

const mayReplace = (_path: string, text: string) => text === 'earlier';

/** An installation with a plain template and a story of two steps. */
async function installation(): Promise<string> {
  const directory = await temporaryDirectory();
  await write(directory, {
    'templates/plain/README.md': 'read me',
    'templates/plain/gitignore': '*.log',
    'templates/plain/deep/gitignore': 'x',
    'templates/plain/deep/not-gitignore': 'y',
    'templates/story/story.json': JSON.stringify([
      { tag: 'v1', message: 'Start' },
      { tag: 'v2', message: 'Next' },
    ]),
    'templates/story/v1/a': 'a1',
    'templates/story/v1/b': 'b1',
    'templates/story/v2/b': 'b2',
    'templates/story/v2/c/d': 'd2',
  });
  return directory;
}

describe('a template', () => {
  test('is its files, of which .gitignore has no dot in the package', async () => {
    expect(Object.fromEntries(await readTemplate(await installation(), 'plain'))).toEqual({
      'README.md': 'read me',
      '.gitignore': '*.log',
      'deep/.gitignore': 'x',
      'deep/not-gitignore': 'y',
    });
  });

  test('with a story is the files of all steps up to one', async () => {
    const at = await installation();
    expect((await readStory(at, 'story')).map(({ tag }) => tag)).toEqual(['v1', 'v2']);
    expect(Object.fromEntries(await readTemplate(at, 'story', 'v1'))).toEqual({ a: 'a1', b: 'b1' });
    expect(Object.fromEntries(await readTemplate(at, 'story', 'v2'))).toEqual({
      a: 'a1',
      b: 'b2',
      'c/d': 'd2',
    });
  });

  test.each(['none', '..', '', 'plain/deep', '/etc'])('"%s" does not exist', async (name) => {
    const at = await installation();
    const error = {
      code: 'NOT_FOUND',
      message: `there is no template "${name}"`,
      hints: ['Templates: plain, story.'],
    };
    await expect(readTemplate(at, name)).rejects.toMatchObject(error);
    await expect(readTemplate(at, name, 'v1')).rejects.toMatchObject(error);
  });

  test('has only the steps of its story', async () => {
    await expect(readTemplate(await installation(), 'story', 'v9')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hints: ['Its steps: v1, v2.'],
    });
  });
});

describe('writing files', () => {
  const files = new Map([
    ['a', '1'],
    ['b/c', '2'],
  ]);

  test('makes directories, and names what was written', async () => {
    const directory = await temporaryDirectory();
    expect(await writeFiles(directory, files)).toEqual(['a', 'b/c']);
    expect(await readFile(join(directory, 'b/c'), 'utf8')).toBe('2');
    expect(await writeFiles(directory, files)).toEqual([]);
  });

  test('refuses to overwrite, naming every file, and then writes nothing', async () => {
    const directory = await temporaryDirectory();
    await write(directory, { 'b/c': 'own', a: 'own' });
    await expect(writeFiles(directory, new Map([...files, ['new', '3']]))).rejects.toMatchObject({
      code: 'IN_USE',
      details: ['a', 'b/c'],
    });
    expect((await readdir(directory)).toSorted()).toEqual(['a', 'b']);
    expect(await readFile(join(directory, 'a'), 'utf8')).toBe('own');
  });

  test('refuses directories that are in the way, and files in the place of directories', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'a'));
    await write(directory, { b: 'own' });
    await expect(writeFiles(directory, files, () => true)).rejects.toMatchObject({
      code: 'IN_USE',
      details: ['a', 'b/c'],
    });
  });

  test('replaces what it is told to', async () => {
    const directory = await temporaryDirectory();
    await write(directory, { a: 'earlier', 'b/c': 'own' });
    await expect(writeFiles(directory, files, mayReplace)).rejects.toMatchObject({
      code: 'IN_USE',
      details: ['b/c'],
    });
    await write(directory, { 'b/c': '2' });
    expect(await writeFiles(directory, files, mayReplace)).toEqual(['a']);
    expect(await readFile(join(directory, 'a'), 'utf8')).toBe('1');
  });
});
