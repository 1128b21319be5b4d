// Images in the nodes of kind, k3d and minikube, by stand-ins for these programs; archives are read by skopeo, too.
import { execFileSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { baseFinder } from '../../src/images/base-image.ts';
import type { BuiltImage } from '../../src/images/image.ts';
import type { ImageStore } from '../../src/images/image-store.ts';
import { layeredBuilder } from '../../src/images/layered-builder.ts';
import { writeImageArchive } from '../../src/images/node-load/image-archive.ts';
import { type LocalCluster, localCluster } from '../../src/images/node-load/local-cluster.ts';
import { openNodeStore } from '../../src/images/node-load/node-store.ts';
import { pushBase, requestFor } from './builders-sample.ts';
import { buildOf } from './images-sample.ts';
import { nodeTools } from './images-node-tools.ts';
import { requireProgram, startRegistry, temporaryDirectory } from './registry-process.ts';
import { clientFor } from './registry-sample.ts';

const live = new AbortController().signal;

/** The config in an archive, byte for byte, as skopeo finds it. */
function inspect(transport: string, file: string, ...options: readonly string[]): string {
  const args = ['inspect', '--config', '--raw', ...options, `${transport}:${file}`];
  return execFileSync('skopeo', args, { encoding: 'utf8', stdio: 'pipe' });
}

async function open(
  context: string,
  env: Record<string, string>,
): Promise<{ store: ImageStore; scratch: string }> {
  const cluster = localCluster(context);
  if (cluster === undefined) throw new Error(`${context} is no local cluster`);
  const scratch = await temporaryDirectory();
  return { store: openNodeStore({ cluster, env, scratch, signal: live }), scratch };
}

test.each<[string, LocalCluster | undefined]>([
  ['kind-dev', { tool: 'kind', name: 'dev' }],
  ['k3d-my-cluster', { tool: 'k3d', name: 'my-cluster' }],
  ['minikube', { tool: 'minikube', name: 'minikube' }],
  ['kind-', undefined],
  ['gke_acme_europe', undefined],
  ['my-kind-dev', undefined],
])('the context %s', (context, cluster) => {
  expect(localCluster(context)).toEqual(cluster);
});

test.each([
  ['kind-dev', ['dev-control-plane', 'dev-worker']],
  ['k3d-dev', ['k3d-dev-server-0', 'k3d-dev-agent-0']],
  ['minikube', ['minikube']],
])(
  'a stand-in of %s: an image that is loaded is found in all nodes, and loaded once',
  async (context, nodes) => {
    const tools = await nodeTools(...nodes);
    const { store, scratch } = await open(context, tools.env);
    const image = await buildOf('web', 100_000);
    const { reference } = image;
    expect(await store.find([reference])).toEqual(new Map());
    const digest = await store.put(reference, image);
    expect(digest).toBe(image.configs[0]?.digest);
    expect(await store.find([reference])).toEqual(new Map([[reference.sourceHash, digest]]));
    expect(await store.put(reference, image)).toBe(digest);
    const loads = (await tools.asked()).filter((line) => / load | import /.test(line));
    const expected: Record<string, string> = {
      'kind-dev': 'kind load image-archive FILE --name dev',
      'k3d-dev': 'k3d image import FILE --cluster dev',
      minikube: 'minikube image load FILE -p minikube',
    };
    expect(loads).toEqual([expected[context]]);
    expect(await readdir(scratch)).toEqual([]);
    expect(store.runName(reference, digest)).toBe(
      `fox.local/order-app/web:${reference.sourceHash.slice(0, 40)}`,
    );
    expect(store.pullPolicy).toBe('Never');
    await store.put(reference, image, { replace: true });
    expect((await tools.asked()).filter((line) => / load | import /.test(line))).toHaveLength(2);
    await image.dispose();
  },
);

test('a stand-in of kind: an image that one node lacks counts as missing', async () => {
  const tools = await nodeTools('dev-control-plane', 'dev-worker');
  const { store } = await open('kind-dev', tools.env);
  const image = await buildOf('web', 1000);
  await store.put(image.reference, image);
  await tools.empty('dev-worker');
  expect(await store.find([image.reference])).toEqual(new Map());
  await image.dispose();
});

test('a stand-in of kind: what it says when it fails is told, and nothing is left', async () => {
  const tools = await nodeTools('dev-control-plane');
  const { store, scratch } = await open('kind-dev', tools.env);
  await tools.break();
  const image = await buildOf('web', 1000);
  await expect(store.put(image.reference, image)).rejects.toMatchObject({
    code: 'REGISTRY_ERROR',
    details: ['ERROR: no nodes found for cluster'],
  });
  expect(await readdir(scratch)).toEqual([]);
  await image.dispose();
});

test('without the program the way out is named', async () => {
  const { store } = await open('kind-dev', { PATH: await temporaryDirectory() });
  const { reference } = await requestFor({}, {});
  await expect(store.find([reference])).rejects.toMatchObject({
    code: 'REGISTRY_NOT_CONFIGURED',
    message: 'images are loaded into this cluster by kind, which is not in PATH',
  });
});

test('a program that can’t be started is named with the reason', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'kind'), '', { mode: 0o644 });
  const { store } = await open('kind-dev', { PATH: directory });
  const { reference } = await requestFor({}, {});
  await expect(store.find([reference])).rejects.toMatchObject({
    code: 'REGISTRY_ERROR',
    message: "the cluster's nodes can't be given images: `kind get` couldn't be started (EACCES)",
  });
});

test('what a prebuilt image was resolved to is not kept, and runs by its own name', async () => {
  const { store } = await open('kind-dev', {});
  const { reference } = await requestFor({}, {});
  const whole = `ghcr.io/acme/ui@sha256:${'a'.repeat(64)}`;
  expect(await store.putPrebuilt(reference, whole)).toBe(whole);
  expect(store.runName(reference, whole)).toBe(whole);
  expect(await store.find([{ ...reference, prebuilt: true }])).toEqual(new Map());
});

test('skopeo reads the archive as an OCI layout and in Docker’s format; base layers come from their registry', async (context) => {
  requireProgram(context, 'skopeo', 'Debian package skopeo');
  const { host } = await startRegistry(context);
  const client = await clientFor(host);
  const platforms = ['linux/amd64', 'linux/arm64'];
  await pushBase(client, { tag: '1', platforms });
  const builder = layeredBuilder(
    process.env,
    baseFinder(() => client, live),
  );
  const base = { base: `${host}/library/base:1` };
  const one = await builder.build(await requestFor(base, { 'web/server.js': 'x'.repeat(500_000) }));
  const several = await builder.build(await requestFor(base, { 'web/server.js': 'y' }, { platforms }));
  const name = 'fox.local/shop/web:1';
  const directory = await temporaryDirectory();
  const write = async (image: BuiltImage, file: string) => {
    await writeImageArchive(image, name, join(directory, file), live);
    return join(directory, file);
  };
  const first = await write(one, 'one.tar');
  const text = Buffer.from(one.configs[0]?.bytes ?? []).toString();
  expect(inspect('oci-archive', first)).toBe(text);
  expect(inspect('docker-archive', first)).toBe(text);
  const copied = join(directory, 'copied');
  execFileSync('skopeo', ['copy', `oci-archive:${first}`, `dir:${copied}`], { stdio: 'pipe' });
  const all = await write(several, 'all.tar');
  for (const [place, architecture] of ['amd64', 'arm64'].entries()) {
    expect(inspect('oci-archive', all, '--override-arch', architecture)).toBe(
      Buffer.from(several.configs[place]?.bytes ?? []).toString(),
    );
  }
  await one.dispose();
  await several.dispose();
});

test('what keeps an archive from being written is told, and an abort ends it', async () => {
  const image = await buildOf('web', 1_000_000);
  await expect(writeImageArchive(image, 'fox.local/a/b:1', '/dev/full/x', live)).rejects.toMatchObject({
    code: 'FILE_SYSTEM',
  });
  const aborting = new AbortController();
  aborting.abort(new Error('enough'));
  const file = join(await temporaryDirectory(), 'x');
  await expect(writeImageArchive(image, 'fox.local/a/b:1', file, aborting.signal)).rejects.toThrow('enough');
  await image.dispose();
});
