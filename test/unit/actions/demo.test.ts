import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { demo } from '../../../src/actions/demo.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fox-demo-'));
});
afterEach(async () => rm(directory, { recursive: true, force: true }));

it('runs its commands without what a user has set for other apps and clusters', async () => {
  const context = {
    cwd: directory,
    env: {},
    emit: () => undefined,
    signal: new AbortController().signal,
    now: () => new Date(),
    newId: () => 'id',
    user: 'test',
    installation: fileURLToPath(new URL('../../..', import.meta.url)),
  };
  const asked: (readonly string[])[] = [];
  const running = demo({}, context, async (args, _, without) => {
    asked.push(args, without);
    return Promise.reject(new Error('enough'));
  });
  await expect(running).rejects.toThrow('enough');
  expect(asked).toEqual([
    ['deploy', 'v1'],
    expect.arrayContaining(['FOX_CONTEXT', 'FOX_NAMESPACE', 'FOX_REGISTRY']),
  ]);
});
