// One git process for any number of questions: answers in order, and no question without an answer.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ObjectReader } from '../../../src/source/object-reader.ts';
import { replaceGit, repositoryWith, run, setEnvironment, temporaryDirectory } from './fixture.ts';

function reader(directory: string): ObjectReader {
  const objects = new ObjectReader(directory);
  onTestFinished(() => objects.close());
  return objects;
}

/** A reader whose process has written its id down, and answers nothing. */
async function stuckReader(): Promise<{ objects: ObjectReader; pid: number }> {
  const directory = await repositoryWith({ a: 'A' });
  const file = join(await temporaryDirectory(), 'pid');
  await replaceGit(`echo $$ > '${file}.new'; mv '${file}.new' '${file}'\nexec sleep 60`);
  const objects = reader(directory);
  await vi.waitFor(() => expect(existsSync(file)).toBe(true), 5000);
  const pid = Number(await readFile(file, 'utf8'));
  return { objects, pid };
}

test('answers thousands of questions at once, each with its own answer', async () => {
  const directory = await repositoryWith({
    a: 'A',
    'b c': 'B\nwith lines\n',
    big: Buffer.alloc(300_000, 'x'),
    empty: '',
  });
  const objects = reader(directory);
  const names = ['HEAD:a', 'HEAD:nothing', 'HEAD:b c', 'HEAD:big', 'HEAD:empty', 'nonsense', 'HEAD:'];
  const answers = await Promise.all(
    Array.from({ length: 3000 }, async (_, n) => {
      const name = names[n % names.length] ?? '';
      const object = n % 20 < 10 ? await objects.contents(name) : await objects.info(name);
      return [name, n % 20 < 10, object] as const;
    }),
  );
  const sizes: Record<string, number> = { 'HEAD:a': 1, 'HEAD:b c': 13, 'HEAD:big': 300_000, 'HEAD:empty': 0 };
  for (const [name, , object] of answers.filter(([each]) => each in sizes))
    expect([name, object?.type, object?.size]).toEqual([name, 'blob', sizes[name]]);
  for (const [, , object] of answers.filter(([name]) => name === 'HEAD:nothing' || name === 'nonsense'))
    expect(object).toBeUndefined();
  for (const [, , object] of answers.filter(([name]) => name === 'HEAD:')) expect(object?.type).toBe('tree');
  const texts = answers
    .filter(([name, whole]) => name === 'HEAD:b c' && whole)
    .map(([, , object]) => (object as { content?: Buffer } | undefined)?.content?.toString());
  expect(new Set(texts)).toEqual(new Set(['B\nwith lines\n']));
});

test('knows every type', async () => {
  const directory = await repositoryWith({ a: 'A' });
  await run(directory, 'tag', '--annotate', '--message', 'm', 'v1');
  const objects = reader(directory);
  const types = await Promise.all(
    ['HEAD', 'HEAD^{tree}', 'HEAD:a', 'v1'].map(async (name) => (await objects.info(name))?.type),
  );
  expect(types).toEqual(['commit', 'tree', 'blob', 'tag']);
});

test('a name with a line break gets no answer, and spoils none', async () => {
  const objects = reader(await repositoryWith({ a: 'A' }));
  expect(
    await Promise.all([objects.info('HEAD:a\ninfo HEAD'), objects.contents('x\n'), objects.info('\0')]),
  ).toEqual([undefined, undefined, undefined]);
  expect((await objects.contents('HEAD:a'))?.content.toString()).toBe('A');
});

test('closing lets open questions have their answers', async () => {
  const objects = reader(await repositoryWith({ a: 'A' }));
  const answers = Promise.all(Array.from({ length: 50 }, () => objects.info('HEAD:a')));
  objects.close();
  expect((await answers).map((object) => object?.size)).toEqual(Array(50).fill(1));
});

describe('when the process ends', () => {
  test('all open questions fail, and later ones do at once', async () => {
    const { objects, pid } = await stuckReader();
    const questions = Array.from({ length: 100 }, (_, n) =>
      n % 2 === 0 ? objects.info('HEAD') : objects.contents('HEAD'),
    );
    const outcomes = Promise.allSettled(questions);
    process.kill(pid, 'SIGKILL');
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'GIT_NOT_READY', message: 'git ended unexpectedly' },
      });
    }
    await expect(objects.info('HEAD')).rejects.toMatchObject({ code: 'GIT_NOT_READY' });
  });

  test('because there is no git, that is the answer', async () => {
    const directory = await temporaryDirectory();
    setEnvironment({ PATH: directory });
    const objects = reader(directory);
    await expect(objects.info('HEAD')).rejects.toMatchObject({
      code: 'GIT_NOT_READY',
      message: 'git is not installed, or not on PATH',
    });
    await expect(objects.info('HEAD')).rejects.toMatchObject({
      code: 'GIT_NOT_READY',
      message: 'git is not installed, or not on PATH',
    });
  });

  test('because of what git says, that is shown', async () => {
    const objects = reader(await temporaryDirectory());
    await expect(objects.info('HEAD')).rejects.toMatchObject({
      code: 'GIT_NOT_READY',
      details: expect.arrayContaining([expect.stringContaining('not a git repository')]) as unknown,
    });
  });
});
