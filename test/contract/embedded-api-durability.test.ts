// What the embedded store survives: processes killed at any moment, several of them at once, a full disk.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/embedded/store/lmdb-store.ts';

/** A native module can't be bundled; the bundle, in a temporary directory, finds it by its path. */
const lmdbByPath: Plugin = {
  name: 'lmdb-by-path',
  setup: (bundle) => {
    const path = pathToFileURL(
      fileURLToPath(new URL('../../node_modules/lmdb/node-index.js', import.meta.url)),
    ).href;
    bundle.onResolve({ filter: /^lmdb$/ }, () => ({ path, external: true }));
  },
};

let scratch = '';
let program = '';
let directory = '';
let count = 0;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'fox-test-'));
  program = join(scratch, 'process.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('embedded-api-process.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    plugins: [lmdbByPath],
  });
});

beforeEach(() => {
  count += 1;
  directory = join(scratch, `store-${count}`);
});

afterAll(() => rm(scratch, { recursive: true, force: true }));

/** Starts the process; `lines` yields what it says until it ends. */
function start(
  mode: string,
  argument = '',
): { child: ChildProcess; lines: AsyncIterable<string>; ended: Promise<unknown> } {
  const child = spawn(process.execPath, [program, mode, directory, argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { child, lines: createInterface(child.stdout), ended: once(child, 'close') };
}

async function linesOf(mode: string, argument = ''): Promise<string[]> {
  const { lines, ended } = start(mode, argument);
  const said: string[] = [];
  for await (const line of lines) said.push(line);
  await ended;
  return said;
}

test('every acknowledged write survives kill -9, again and again', async () => {
  let version = 0;
  for (const acknowledgements of [1, 40, 153, 11]) {
    const { child, lines, ended } = start('write');
    const acknowledged = new Map<string, string>();
    for await (const line of lines) {
      const [name = '', outcome = ''] = line.split(' ');
      acknowledged.set(name, outcome);
      if (acknowledged.size === acknowledgements) child.kill('SIGKILL');
    }
    await ended;
    expect(child.signalCode).toBe('SIGKILL');
    const store = openStore(directory);
    const stored = new Map(store.list('configmaps').items.map((object) => [object.metadata.name, object]));
    // Every third object is removed again, and that may have happened without having been said yet.
    const kept = [...acknowledged].filter(([name]) => Number(name.split('-')[1]) % 3 !== 0);
    expect(kept.map(([name]) => [name, stored.get(name)?.metadata.resourceVersion])).toEqual(kept);
    const removed = [...acknowledged].filter(([, outcome]) => outcome === 'removed');
    expect(removed.filter(([name]) => stored.has(name))).toEqual([]);
    for (const [name, object] of stored) expect(object['data']).toEqual({ text: name.repeat(500) });
    expect(store.version).toBeGreaterThan(version);
    const versions = [...stored.values()].map(({ metadata }) => Number(metadata.resourceVersion));
    expect(Math.max(...versions)).toBeLessThanOrEqual(store.version);
    ({ version } = store);
    // The next process begins with the same names.
    for (const name of stored.keys()) await store.remove('configmaps', 'default', name);
    await store.close();
  }
});

test('of ten processes that claim at once, one wins', async () => {
  const processes = Array.from({ length: 10 }, (_, index) => linesOf('claim', `process-${index}`));
  const said = (await Promise.all(processes)).flat();
  expect(said.filter((line) => line === 'won')).toHaveLength(1);
  expect(said.filter((line) => line === 'lost')).toHaveLength(9);
});

test('no update of a record gets lost between processes', async () => {
  const said = await Promise.all(Array.from({ length: 4 }, () => linesOf('count', '250')));
  expect(said).toEqual([['done'], ['done'], ['done'], ['done']]);
  const store = openStore(directory);
  expect(store.records.get('count')).toBe(1_000);
  await store.close();
});

test('a process that is killed inside its transaction neither blocks the next one nor leaves a trace', async () => {
  const { child, lines, ended } = start('hold');
  for await (const line of lines) {
    expect(line).toBe('holding');
    child.kill('SIGKILL');
  }
  await ended;
  expect(await linesOf('claim', 'next')).toEqual(['won']);
  const store = openStore(directory, { readOnly: true });
  expect(store.records.get('held')).toBeUndefined();
  await store.close();
});

test('a full file system refuses with 507, and nothing is half written', async () => {
  // Node ignores SIGXFSZ: a write beyond the limit fails as on a full disk.
  const output = execFileSync('sh', [
    '-c',
    `ulimit -f 4000 && exec "$0" "$1" fill "$2"`,
    process.execPath,
    program,
    directory,
  ]);
  const refusal = refusalOf(output.toString());
  expect(refusal.stored).not.toEqual([]);
  expect(refusal).toEqual(refusalAfter(refusal.stored.length));
  const store = openStore(directory);
  for (const { data } of store.list('configmaps').items as { data?: { text: string } }[])
    expect(data?.text).toHaveLength(100_000);
  await store.change('configmaps', 'default', 'f1', (object) => ({
    ...object,
    data: { text: 'room again' },
  }));
  await store.close();
});

test('a full disk does, too', async (context) => {
  await mkdir(directory);
  const inside = `mount -t tmpfs -o size=3m tmpfs "$2" && exec "$0" "$1" fill "$2/store"`;
  const args = ['--mount', '--map-root-user', 'sh', '-c', inside, process.execPath, program, directory];
  let output = '';
  try {
    execFileSync('unshare', ['--mount', '--map-root-user', 'mount', '-t', 'tmpfs', 'tmpfs', directory], {
      stdio: 'ignore',
    });
  } catch {
    process.stderr.write('skipped: a full disk does, too (no right to mount a small one here)\n');
    context.skip();
  }
  output = execFileSync('unshare', args).toString();
  const refusal = refusalOf(output);
  expect(refusal.stored).not.toEqual([]);
  expect(refusal).toEqual(refusalAfter(refusal.stored.length));
});

/** What a process that filled its disk said: the writes that succeeded, the one that didn't, and what came then. */
function refusalOf(output: string): { stored: string[]; refused: string | undefined; after: string[] } {
  const lines = output.trim().split('\n');
  const index = lines.findIndex((line) => !line.endsWith(' stored'));
  return { stored: lines.slice(0, index), refused: lines[index], after: lines.slice(index + 1) };
}

/** What it says when nothing is lost and nothing is half written. */
function refusalAfter(writes: number): ReturnType<typeof refusalOf> {
  return {
    stored: Array.from({ length: writes }, (_, index) => `f${index} stored`),
    refused: `f${writes} 507 InsufficientStorage`,
    after: [`left ${writes} ${writes}`, `removed ${writes - 1} ${writes + 1}`],
  };
}
