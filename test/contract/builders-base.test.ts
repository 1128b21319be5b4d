// Images on a base: what is theirs, what is the base's, and that nothing of the base is moved without need.
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import type { TreeBuild } from '../../src/core/version/app.ts';
import { baseFinder } from '../../src/images/base-image.ts';
import type { BuildRequest } from '../../src/images/builder.ts';
import type { BuiltImage } from '../../src/images/image.ts';
import { layeredBuilder } from '../../src/images/layered-builder.ts';
import { openLayout } from '../../src/images/oci-layout.ts';
import { origin, pushBase, requestFor, writeFiles } from './builders-sample.ts';
import { readLayer } from '../unit/images/fixture.ts';
import { environmentWith, requireProgram, startRegistry, temporaryDirectory } from './registry-process.ts';
import { clientFor, storeAt } from './registry-sample.ts';

const files = { 'web/server.js': 'serve()', 'web/vendor/held.js': 'of git', 'libs/format.js': 'format()' };
const install =
  'mkdir -p node_modules/dep dist && echo dep > node_modules/dep/index.js && echo made > dist/app.js';

/** A registry with a base image, and a builder that stands on it. */
async function setUp(context: TestContext, base: Parameters<typeof pushBase>[1] = { tag: '1' }) {
  const { host } = await startRegistry(context);
  const client = await clientFor(host);
  const digest = await pushBase(client, base);
  const builder = () =>
    layeredBuilder(
      process.env,
      baseFinder(() => client, new AbortController().signal),
    );
  const build = async (how: TreeBuild = {}, more: Partial<BuildRequest<TreeBuild>> = {}, content = files) =>
    builder().build(await requestFor({ base: `${host}/library/base:${base.tag}`, ...how }, content, more));
  return { host, client, digest, build };
}

function jsonOf({ bytes }: { bytes: Uint8Array } = { bytes: new Uint8Array() }): unknown {
  return JSON.parse(Buffer.from(bytes).toString());
}

function skopeo(...args: readonly string[]): string {
  return execFileSync('skopeo', args, { encoding: 'utf8', stdio: 'pipe' });
}

function digests({ layers }: BuiltImage): string[] {
  return layers.map((layer) => layer.digest);
}

/** The files in each of an image's own layers, the base's left out. */
async function ownFiles(image: BuiltImage): Promise<string[][]> {
  const layers = image.layers.flatMap((layer) => ('file' in layer ? [layer.file] : []));
  const entries = await Promise.all(layers.map(readLayer));
  return entries.map((each) => each.filter(({ type }) => type === 'file').map(({ name }) => name));
}

test('an image has the base below it, then the dependencies that were fetched, then the application', async (context) => {
  const { host, digest, build } = await setUp(context);
  const image = await build({ command: install });
  expect(image.layers[0]).toMatchObject({ registry: host, repository: 'library/base' });
  // What git holds is the application's, whatever its name.
  expect(await ownFiles(image)).toEqual([
    ['app/web/node_modules/dep/index.js'],
    ['app/libs/format.js', 'app/web/dist/app.js', 'app/web/server.js', 'app/web/vendor/held.js'],
  ]);
  const labels = {
    'org.opencontainers.image.created': '2023-11-14T22:13:20Z',
    'org.opencontainers.image.revision': origin.commit,
    'org.opencontainers.image.source': origin.repository,
    'org.opencontainers.image.version': 'v1',
  };
  expect(jsonOf(image.manifest)).toMatchObject({
    annotations: {
      ...labels,
      'org.opencontainers.image.base.name': `${host}/library/base:1`,
      'org.opencontainers.image.base.digest': digest,
    },
  });
  const config = jsonOf(image.configs[0]);
  expect(config).toMatchObject({
    created: '2023-11-14T22:13:20Z',
    config: {
      Env: ['PATH=/usr/bin', 'BASE=yes'],
      User: '1000',
      WorkingDir: '/app/web',
      Labels: { of: 'base', ...labels },
    },
    history: [
      { created_by: 'COPY base' },
      {},
      { created_by: 'fox: dependencies' },
      { created_by: 'fox: application' },
    ],
  });
  expect(config).not.toHaveProperty('config.Entrypoint');
  expect(config).not.toHaveProperty('config.Cmd');
  await image.dispose();
});

test('without dependencies there is no layer of them', async (context) => {
  const { build } = await setUp(context);
  const image = await build({ command: 'mkdir dist && echo made > dist/app.js' });
  expect(await ownFiles(image)).toHaveLength(1);
  await image.dispose();
});

test('same input, same digest; another commit of the same files changes no layer, other files not the dependencies', async (context) => {
  const { build } = await setUp(context);
  const [one, two] = await Promise.all([build({ command: install }), build({ command: install })]);
  expect(two.manifest.digest).toBe(one.manifest.digest);
  const later = await build(
    { command: install },
    { origin: { ...origin, commit: 'd'.repeat(40), committedAt: 9 } },
  );
  expect(digests(later)).toEqual(digests(one));
  expect(later.manifest.digest).not.toBe(one.manifest.digest);
  const changed = await build({ command: install }, {}, { ...files, 'web/server.js': 'serve(2)' });
  expect(digests(changed).slice(0, 2)).toEqual(digests(one).slice(0, 2));
  expect(digests(changed)[2]).not.toBe(digests(one)[2]);
  for (const image of [one, two, later, changed]) await image.dispose();
});

test('the base is not downloaded where the registry has it, and comes whole where it has not', async (context) => {
  requireProgram(context, 'skopeo', 'Debian package skopeo');
  const { host, build } = await setUp(context);
  const image = await build({ command: install });
  const { reference } = await requestFor({}, {});
  const pulled: string[] = [];
  const watched = {
    ...image,
    layers: image.layers.map((layer) =>
      'open' in layer
        ? {
            ...layer,
            open: (...args: Parameters<typeof layer.open>) => (
              pulled.push(layer.digest),
              layer.open(...args)
            ),
          }
        : layer,
    ),
  };
  const near = await storeAt(host);
  expect(await near.put(reference, watched)).toBe(image.manifest.digest);
  expect(pulled).toEqual([]);
  const other = await startRegistry(context);
  const far = await storeAt(other.host);
  expect(await far.put(reference, watched)).toBe(image.manifest.digest);
  expect(pulled).toEqual([image.layers[0]?.digest]);
  // An independent client checks every digest while it copies.
  const directory = await temporaryDirectory();
  const name = far.runName(reference, image.manifest.digest);
  skopeo(
    'copy',
    '--preserve-digests',
    '--src-tls-verify=false',
    `docker://${name}`,
    `dir:${join(directory, 'copy')}`,
  );
  await image.dispose();
});

test('an image on a base can be kept in a directory, too', async (context) => {
  requireProgram(context, 'skopeo', 'Debian package skopeo');
  const { build } = await setUp(context, { tag: 'all', platforms: ['linux/amd64', 'linux/arm64'] });
  const image = await build({}, { platforms: ['linux/amd64', 'linux/arm64'] });
  const directory = join(await temporaryDirectory(), 'images');
  const { reference } = await requestFor({}, {});
  await openLayout(directory).put(reference, image);
  expect(await openLayout(directory).find([reference])).toEqual(
    new Map([[reference.sourceHash, image.manifest.digest]]),
  );
  const name = `oci:${directory}:shop/web:${reference.sourceHash.slice(0, 40)}`;
  expect(skopeo('inspect', '--config', '--override-arch', 'arm64', name)).toContain(
    '"architecture": "arm64"',
  );
  expect(skopeo('inspect', '--config', name)).toContain('"architecture": "amd64"');
  await image.dispose();
});

test('several platforms become an index; own layers are shared by all of them', async (context) => {
  requireProgram(context, 'skopeo', 'Debian package skopeo');
  const platforms = ['linux/amd64', 'linux/arm/v7', 'linux/arm64'];
  const { host, build, digest } = await setUp(context, { tag: 'all', platforms, format: 'docker' });
  const image = await build({ command: install }, { platforms });
  expect(jsonOf(image.manifest)).toMatchObject({
    mediaType: 'application/vnd.oci.image.index.v1+json',
    annotations: { 'org.opencontainers.image.base.digest': digest },
    manifests: [
      { platform: { os: 'linux', architecture: 'amd64' } },
      { platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
      { platform: { os: 'linux', architecture: 'arm64' } },
    ],
  });
  // Three of the base, one of dependencies, one of the application; by their OCI names.
  expect(image.layers).toHaveLength(5);
  expect(new Set(image.layers.map(({ mediaType }) => mediaType))).toEqual(
    new Set(['application/vnd.oci.image.layer.v1.tar+gzip', 'application/vnd.oci.image.layer.v1.tar']),
  );
  const store = await storeAt(host);
  const { reference } = await requestFor({}, {});
  const name = store.runName(reference, await store.put(reference, image));
  const directory = await temporaryDirectory();
  skopeo(
    'copy',
    '--all',
    '--preserve-digests',
    '--src-tls-verify=false',
    `docker://${name}`,
    `oci:${directory}/all:x`,
  );
  expect(await readdir(join(directory, 'all', 'blobs', 'sha256'))).toHaveLength(5 + 3 + 3 + 1);
  await image.dispose();
});

test('a platform that the base is not there for is named, with those that it is there for', async (context) => {
  const { host, client, build } = await setUp(context, {
    tag: 'all',
    platforms: ['linux/amd64', 'linux/arm64'],
  });
  await expect(build({}, { platforms: ['linux/amd64', 'linux/s390x'] })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: `components.web.build.base: the image ${host}/library/base:all is not there for linux/s390x: it is for linux/amd64, linux/arm64`,
  });
  await pushBase(client, { tag: 'arm', platforms: ['linux/arm64'] });
  await expect(build({ base: `${host}/library/base:arm` })).rejects.toMatchObject({
    message: `components.web.build.base: the image ${host}/library/base:arm is not there for linux/amd64: it is for linux/arm64`,
  });
});

test('a base that is not there, is hidden, or is nothing, is named; nothing is built or left behind', async (context) => {
  const { host, build } = await setUp(context);
  const scratch = await temporaryDirectory();
  const missing = build({ base: `${host}/library/none:1`, command: 'exit 1' }, { scratch });
  await expect(missing).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: `components.web.build.base: there is no image ${host}/library/none:1: ${host} has no 1 of library/none, or doesn't show it`,
  });
  await expect(build({ base: 'Not A Name' }, { scratch })).rejects.toMatchObject({ code: 'NAME_INVALID' });
  const closed = await startRegistry(context, { auth: 'password' });
  const stranger = await clientFor(closed.host, { env: await environmentWith() });
  const finder = baseFinder(() => stranger, new AbortController().signal);
  const request = await requestFor({ base: `${closed.host}/library/base:1` }, files, { scratch });
  const image = `${closed.host}/library/base:1`;
  const builder = layeredBuilder(process.env, finder);
  await expect(builder.build(request)).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
    message: expect.stringContaining(`can't get the image ${image} (components.web.build.base): `) as unknown,
  });
  await expect(builder.build({ ...request, baseKey: '--base' })).rejects.toThrow(`${image} (--base): `);
  expect(await readdir(scratch)).toEqual([]);
});

test('one base for all components of a run, even if its tag moves meanwhile', async (context) => {
  const { host, client } = await setUp(context);
  const find = baseFinder(() => client, new AbortController().signal);
  const before = await find(`${host}/library/base:1`, ['linux/amd64']);
  await pushBase(client, { tag: '1', content: 'newer' });
  expect((await find(`${host}/library/base:1`, ['linux/amd64'])).origin).toEqual(before.origin);
  const later = baseFinder(() => client, new AbortController().signal);
  expect((await later(`${host}/library/base:1`, ['linux/amd64'])).origin).not.toEqual(before.origin);
});

test('what the build command leaves by other users and modes is the same in the image', async (context) => {
  const { build } = await setUp(context);
  const image = await build(
    { command: 'umask 077; mkdir node_modules; echo x > node_modules/x; echo y > y' },
    {
      readTree: async (into) => {
        await writeFiles(into, files);
        await mkdir(join(into, 'web', 'private'), { mode: 0o700 });
        await writeFile(join(into, 'web', 'private', 'z'), '', { mode: 0o600 });
      },
    },
  );
  const layers = image.layers.flatMap((layer) => ('file' in layer ? [layer.file] : []));
  for (const { mode, uid, type } of (await Promise.all(layers.map(readLayer))).flat())
    expect([mode, uid]).toEqual([type === 'directory' ? 0o755 : 0o644, 0]);
  await image.dispose();
});
