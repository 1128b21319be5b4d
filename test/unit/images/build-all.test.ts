import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  buildAll,
  type BuildAllOptions,
  type BuildEvent,
  type ImageJob,
} from '../../../src/images/build-all.ts';
import type { Builder } from '../../../src/images/builder.ts';
import { embeddedBuilders } from '../../../src/images/embedded-builders.ts';
import { openLayout } from '../../../src/images/oci-layout.ts';
import { makeScratch } from '../../../src/images/scratch.ts';
import { origin, reference, temporaryDirectory, writeTree } from './fixture.ts';

async function setUp(options: Partial<BuildAllOptions> = {}) {
  const directory = await temporaryDirectory();
  const events: BuildEvent[] = [];
  const all: BuildAllOptions = {
    builderOf: embeddedBuilders(process.env),
    store: openLayout(join(directory, 'images')),
    scratch: join(directory, 'scratch'),
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
    ...options,
  };
  const types = () => events.map(({ component, type }) => `${component} ${type}`);
  return { directory, events, types, options: all };
}

function job(component: string, digit: string, command?: string): ImageJob {
  const readTree = (into: string) => writeTree(into, { [`${component}/server.js`]: { content: component } });
  return {
    reference: reference(component, digit),
    path: component,
    readTree,
    build: command === undefined ? {} : { command },
    platforms: ['linux/amd64'],
    origin,
  };
}

test('builds what is missing, tells what happens, and leaves no scratch', async () => {
  const { directory, events, options } = await setUp();
  const digests = await buildAll([job('web', 'a', 'echo hello'), job('api', 'b')], options);
  expect([...digests.keys()].toSorted()).toEqual(['a'.repeat(64), 'b'.repeat(64)]);
  expect(events.filter(({ component }) => component === 'web')).toEqual([
    { component: 'web', sourceHash: 'a'.repeat(64), type: 'started' },
    { component: 'web', sourceHash: 'a'.repeat(64), type: 'output', line: 'hello' },
    {
      component: 'web',
      sourceHash: 'a'.repeat(64),
      type: 'finished',
      digest: digests.get('a'.repeat(64)),
      reused: false,
    },
  ]);
  expect(await readdir(join(directory, 'scratch'))).toEqual([]);
});

test('what exists is not built again, and the same source is built once', async () => {
  const { options, types, events } = await setUp();
  const first = await buildAll([job('web', 'a'), job('web', 'a')], options);
  expect(types()).toEqual(['web started', 'web finished']);
  events.length = 0;
  expect(await buildAll([job('web', 'a', 'exit 1')], options)).toEqual(first);
  expect(types()).toEqual(['web finished']);
});

test('no more than the limit at once, and no fewer', async () => {
  const running = new Set<string>();
  let most = 0;
  const inner = embeddedBuilders(process.env);
  const builder: Builder = {
    build: async (request) => {
      running.add(request.path);
      most = Math.max(most, running.size);
      // Stays until the limit would have been passed.
      for (let turn = 0; turn < 50 && running.size < 3; turn++) await setImmediate();
      const image = await inner(request.build).build(request);
      running.delete(request.path);
      return image;
    },
  };
  const { options } = await setUp({ builderOf: () => builder, parallel: 2 });
  await buildAll(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((digit) => job(`web-${digit}`, digit)),
    options,
  );
  expect(most).toBe(2);
});

test('the first failure ends the others, is the error, and keeps what was not begun from beginning', async () => {
  const { directory, options, types } = await setUp({ parallel: 2 });
  const jobs = [job('slow', 'a', 'sleep 60'), job('bad', 'b', 'echo broken; exit 7'), job('never', 'c')];
  await expect(buildAll(jobs, options)).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    message: 'the build of bad failed: `echo broken; exit 7` exited with code 7',
    details: ['broken'],
  });
  expect(types().toSorted()).toEqual([
    'bad failed',
    'bad output',
    'bad started',
    'slow cancelled',
    'slow started',
  ]);
  expect(await readdir(join(directory, 'scratch'))).toEqual([]);
  expect((await options.store.find(jobs.map((each) => each.reference))).size).toBe(0);
});

test('an abort ends all, leaves no scratch, and a second run completes the work', async () => {
  const aborting = new AbortController();
  const { directory, options, types } = await setUp({ signal: aborting.signal, parallel: 2 });
  const aborted = buildAll([job('done', 'a'), job('slow', 'b', 'echo on; sleep 60')], {
    ...options,
    onEvent: (event) => {
      options.onEvent(event);
      if (types().includes('done finished') && types().includes('slow output')) aborting.abort();
    },
  });
  await expect(aborted).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(await readdir(join(directory, 'scratch'))).toEqual([]);
  const again = { ...options, signal: new AbortController().signal };
  expect((await buildAll([job('done', 'a', 'exit 1'), job('slow', 'b')], again)).size).toBe(2);
});

test('aborted before it begins, it builds nothing', async () => {
  const { options, types } = await setUp({ signal: AbortSignal.abort() });
  await expect(buildAll([job('web', 'a')], options)).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(types()).toEqual([]);
});

test('scratch of builds that were killed long ago is removed first', async () => {
  const { directory, options } = await setUp();
  const stale = await makeScratch(join(directory, 'scratch'));
  const old = new Date(Date.now() - 25 * 60 * 60 * 1000);
  await utimes(stale, old, old);
  await buildAll([job('web', 'a')], options);
  expect(await readdir(join(directory, 'scratch'))).toEqual([]);
});
