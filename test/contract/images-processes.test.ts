import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, onTestFinished, test, type TestContext } from 'vitest';
import * as z from 'zod';
import { openLayout } from '../../src/images/oci-layout.ts';
import { buildOf, skip } from './images-sample.ts';

const acknowledgement = z.object({ sourceHash: z.string(), digest: z.string(), memory: z.number() });
type Acknowledgement = z.infer<typeof acknowledgement>;

let directory = '';
let program = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
  program = join(directory, 'writer.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('images-writer.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
});

afterAll(() => rm(directory, { recursive: true, force: true }));

interface Writing {
  readonly layout: string;
  readonly scratch?: string;
  readonly name: string;
  readonly count: number;
  /** Bytes of each image's file. */
  readonly size?: number;
  /** Kills the process at once when this many images are acknowledged. */
  readonly killAfter?: number;
}

/** Runs a process that puts images; answers what it acknowledged. */
async function write({
  layout,
  scratch = directory,
  name,
  count,
  size = 1000,
  killAfter,
}: Writing): Promise<Acknowledgement[]> {
  const args = [program, layout, scratch, name, `${count}`, `${size}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const acknowledged: Acknowledgement[] = [];
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(acknowledgement.parse(JSON.parse(line)));
    if (acknowledged.length === killAfter) child.kill('SIGKILL');
  }
  await ended;
  if (killAfter === undefined && child.exitCode !== 0)
    throw new Error(`the writer failed: ${child.exitCode}`);
  return acknowledged;
}

async function newLayout(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'fox-test-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  return join(parent, 'images');
}

async function expectFound(layout: string, acknowledged: readonly Acknowledgement[]): Promise<void> {
  const references = acknowledged.map(({ sourceHash }) => ({ app: 'app', component: 'any', sourceHash }));
  const found = await openLayout(layout).find(references);
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(acknowledged.map(({ sourceHash, digest }) => [sourceHash, digest])),
  );
}

/** No blob has a name that isn't its content's hash. */
async function expectNoTornBlob(layout: string): Promise<void> {
  const blobs = join(layout, 'blobs', 'sha256');
  for (const name of await readdir(blobs)) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(blobs, name)), hash);
    expect(hash.digest('hex')).toBe(name);
  }
}

test('processes that put at the same time lose nothing of each other', async () => {
  const layout = await newLayout();
  const all = await Promise.all(['a', 'b', 'c', 'd'].map((name) => write({ layout, name, count: 15 })));
  expect(all.flat()).toHaveLength(60);
  await expectFound(layout, all.flat());
});

test('a process killed at any moment leaves what it acknowledged, no torn blob, and nobody waiting', async () => {
  const layout = await newLayout();
  const acknowledged: Acknowledgement[] = [];
  for (let round = 1; round <= 8; round++) {
    acknowledged.push(
      ...(await write({ layout, name: `round-${round}`, count: 1000, size: 300_000, killAfter: round })),
    );
    await expectFound(layout, acknowledged);
    await expectNoTornBlob(layout);
  }
  acknowledged.push(...(await write({ layout, name: 'after', count: 1 })));
  expect(acknowledged.length).toBeGreaterThan(8);
  await expectFound(layout, acknowledged);
});

test('memory does not grow with the tree', async () => {
  const layout = await newLayout();
  const [small] = await write({ layout, name: 'small', count: 1, size: 1000 });
  const [large] = await write({ layout, name: 'large', count: 1, size: 300_000_000 });
  expect((large?.memory ?? Infinity) - (small?.memory ?? 0)).toBeLessThan(100_000_000);
});

/** A file system of one megabyte, which only root can make. */
function smallDisk(context: TestContext, path: string): void {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'pipe' });
  } catch (error) {
    skip(context, `no small disk to fill: ${String(error).split('\n', 1).join('')}`);
  }
  onTestFinished(() => void execFileSync('umount', [path]));
}

test('a full disk is named, leaves nothing half-written, and what fits still goes in', async (context) => {
  const disk = await mkdtemp(join(tmpdir(), 'fox-test-'));
  onTestFinished(() => rm(disk, { recursive: true, force: true }));
  smallDisk(context, disk);
  const layout = join(disk, 'images');

  const image = await buildOf('large', 3_000_000);
  onTestFinished(() => image.dispose());
  const failure: unknown = await openLayout(layout)
    .put(image.reference, image)
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'FILE_SYSTEM' });
  expect(String(failure)).toMatch(/can't store the image: .*no space left on device/);
  expect(await readdir(join(layout, '.staging'))).toEqual([]);
  expect(await readdir(join(layout, 'blobs', 'sha256'))).toEqual([]);
  await expectFound(layout, []);

  await expectFound(layout, await write({ layout, name: 'small', count: 2, size: 1000 }));
  await expect(buildOf('large', 3_000_000, disk)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  expect(await readdir(disk)).toEqual(['images']);

  const last = await buildOf('last', 1000, disk);
  await writeFile(join(disk, 'filler'), Buffer.alloc(2_000_000)).catch(() => undefined);
  await expect(openLayout(layout).put(last.reference, last)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  expect(await readdir(join(layout, '.staging'))).toEqual([]);
  await rm(join(disk, 'filler'));
  await last.dispose();
  await expectNoTornBlob(layout);
});
