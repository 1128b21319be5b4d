// The image of router and keeper: fox's own programs on a base, in a real registry; and that they need nothing beside them.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, type TestContext } from 'vitest';
import { routerImage } from '../../src/actions/images/router-image.ts';
import type { BuildPlace } from '../../src/actions/images/build-images.ts';
import type { ActionContext } from '../../src/actions/context.ts';
import { pushBase } from './builders-sample.ts';
import { environmentWith, requireProgram, startRegistry, temporaryDirectory } from './registry-process.ts';
import { clientFor, storeAt } from './registry-sample.ts';
import { until, World } from './router-world.ts';

/** A registry with a base image, and a fox whose programs are these texts. */
async function setUp(context: TestContext, router: string, keeper: string) {
  const { host } = await startRegistry(context);
  await pushBase(await clientFor(host), { tag: '1', platforms: ['linux/amd64', 'linux/arm64'] });
  const installation = await temporaryDirectory();
  await mkdir(join(installation, 'dist'));
  await writeFile(join(installation, 'dist', 'router.js'), router);
  await writeFile(join(installation, 'dist', 'keeper.js'), keeper);
  const store = await storeAt(host);
  const action: ActionContext = {
    cwd: installation,
    env: await environmentWith(),
    emit: () => undefined,
    signal: new AbortController().signal,
    now: () => new Date(0),
    newId: () => 'id',
    user: 'tester',
    installation,
  };
  const cluster = { kind: 'kubernetes', context: 'test', server: '' };
  const place = {
    workspace: { settings: {} },
    session: { cluster, images: store },
  } as unknown as Omit<BuildPlace, 'revision'>;
  const base = `${host}/library/base:1`;
  const make = (more: object = {}) => routerImage(place, '1.2.3', { base, ...more }, action);
  return { host, store, make, installation };
}

test('it is made once, and found from then on; another program is another image', async (context) => {
  const { host, make, installation } = await setUp(context, 'serve()', 'keep()');
  const planned = await make({ dryRun: true });
  expect(planned.isKept).toBe(false);
  const made = await make();
  expect(made).toEqual({ name: planned.name, isKept: true });
  expect(made.name).toMatch(new RegExp(`^${host}/order/fox/router@sha256:[0-9a-f]{64}$`));
  expect(await make({ dryRun: true })).toEqual(made);
  await writeFile(join(installation, 'dist', 'router.js'), 'serve(better)');
  const better = await make();
  expect(better.name).not.toBe(made.name);
  await writeFile(join(installation, 'dist', 'keeper.js'), 'keep(better)');
  expect((await make()).name).not.toBe(better.name);
});

test('it holds the programs and what makes them modules, for each platform that was asked for', async (context) => {
  requireProgram(context, 'skopeo', 'Debian package skopeo');
  const { make } = await setUp(context, 'serve()', 'keep()');
  const { name } = await make({ platforms: ['linux/amd64', 'linux/arm64'] });
  const layout = join(await temporaryDirectory(), 'layout');
  execFileSync(
    'skopeo',
    ['copy', '--quiet', '--all', '--src-tls-verify=false', `docker://${name}`, `dir:${layout}`],
    { stdio: 'pipe' },
  );
  const index = JSON.parse(await readFile(join(layout, 'manifest.json'), 'utf8')) as {
    manifests: { platform: { architecture: string }; digest: string }[];
  };
  expect(index.manifests.map(({ platform }) => platform.architecture)).toEqual(['amd64', 'arm64']);
  for (const { digest } of index.manifests) {
    const file = join(layout, `${digest.slice('sha256:'.length)}.manifest.json`);
    const { layers } = JSON.parse(await readFile(file, 'utf8')) as { layers: { digest: string }[] };
    const own = join(layout, layers.at(-1)?.digest.slice('sha256:'.length) ?? '');
    const files = execFileSync('tar', ['--list', '--file', own], { encoding: 'utf8' }).split('\n');
    expect(files).toEqual(expect.arrayContaining(['app/package.json', 'app/router.js', 'app/keeper.js']));
    const read = (path: string) =>
      execFileSync('tar', ['--extract', '--to-stdout', '--file', own, path], { encoding: 'utf8' });
    expect(read('app/router.js')).toBe('serve()');
    expect(read('app/keeper.js')).toBe('keep()');
    expect(JSON.parse(read('app/package.json'))).toMatchObject({ type: 'module', version: '1.2.3' });
  }
});

test('the router that was built runs with nothing beside it, and knows its version', async () => {
  const built = fileURLToPath(new URL('../../dist/router.js', import.meta.url));
  const { version } = JSON.parse(
    await readFile(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'),
  ) as { version: string };
  const world = await World.create();
  onTestFinished(async () => world.end());
  const directory = await temporaryDirectory();
  await copyFile(built, join(directory, 'router.js'));
  await writeFile(join(directory, 'package.json'), '{"type":"module"}');
  const kubeconfig = await world.writeKubeconfig();
  const anyPort = '127.0.0.1:0';
  const args = ['--mode', 'kubernetes', '--kubeconfig', kubeconfig, '--namespace', 'default', '--id', 'r'];
  const ports = ['--edge', anyPort, '--internal', anyPort, '--health', anyPort, '--drain', '0'];
  const child = spawn(process.execPath, ['router.js', ...args, ...ports], { cwd: directory, stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await until(
    'it is ready or has ended',
    () => output.includes('"event":"ready"') || child.exitCode !== null,
  );
  expect(output).toContain('"event":"ready"');
  expect(output).toContain(`"version":"${version}"`);
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
});
