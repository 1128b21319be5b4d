import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { FoxError } from '../../../src/core/errors.ts';
import type { BuiltImage, DocumentBlob, LayerFile } from '../../../src/images/image.ts';
import { treeBuilder } from '../../../src/images/tree-builder.ts';
import { buildRequest, readLayer, temporaryDirectory, type Tree } from './fixture.ts';

const builder = treeBuilder(process.env);
const tree: Tree = {
  'components/web/server.js': { content: 'serve()' },
  'components/web/run': { content: '#!/bin/sh\n', executable: true },
  'libs/format/index.js': { content: 'export {}' },
};

async function build(request: Parameters<typeof buildRequest>[2] = {}, files: Tree = tree) {
  const scratch = await temporaryDirectory();
  const image = await builder.build(buildRequest(scratch, files, { path: 'components/web', ...request }));
  return { scratch, image };
}

/** The one layer and the one config that an image for one platform without base has. */
function partsOf({ layers, configs }: BuiltImage): { layer: LayerFile; config: DocumentBlob } {
  const [layer] = layers;
  const [config] = configs;
  if (layer === undefined || !('file' in layer) || config === undefined) throw new Error('not such an image');
  return { layer, config };
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function failingTree(): Promise<void> {
  return Promise.reject(new FoxError('GIT_NOT_READY', 'git is gone'));
}

test('an image has the files at their places below /app, and starts in the component', async () => {
  const { image } = await build();
  const { layer, config } = partsOf(image);
  const entries = await readLayer(layer.file);
  expect(entries.filter(({ type }) => type === 'file').map(({ name }) => name)).toEqual([
    'app/components/web/run',
    'app/components/web/server.js',
    'app/libs/format/index.js',
  ]);
  expect(JSON.parse(Buffer.from(config.bytes).toString())).toEqual({
    architecture: 'amd64',
    os: 'linux',
    config: { WorkingDir: '/app/components/web' },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  expect(JSON.parse(Buffer.from(image.manifest.bytes).toString())).toEqual({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: config.mediaType, digest: config.digest, size: config.size },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer.digest, size: layer.size }],
  });
});

test('every digest is that of the bytes', async () => {
  const { image } = await build();
  const { layer, config } = partsOf(image);
  const content = await readFile(layer.file);
  expect([sha256(config.bytes), sha256(image.manifest.bytes), sha256(content)]).toEqual([
    config.digest,
    image.manifest.digest,
    layer.digest,
  ]);
  expect(layer.size).toBe(content.length);
});

test('the same input gives the same digest on every machine and with every later fox', async () => {
  const { image } = await build();
  // Pinned: a change of it would build every image anew.
  expect(image.manifest.digest).toBe(
    'sha256:b7f1e886d2ba447e0fe07616b7103363383100eb8fcaca67d096e8837184860b',
  );
});

test.each(['', '.', './'])('the component at the root (%j) starts in /app', async (path) => {
  const { image } = await build({ path });
  expect(Buffer.from(partsOf(image).config.bytes).toString()).toContain('"WorkingDir":"/app"');
});

test('what the build command leaves anywhere in the tree belongs to the image', async () => {
  const lines: string[] = [];
  const command =
    'pwd; mkdir dist && cp server.js dist/ && rm server.js && echo x > ../../root && chmod 600 ../../root';
  const { image } = await build({ build: { command }, onOutput: (line) => lines.push(line) });
  const entries = await readLayer(partsOf(image).layer.file);
  const files = entries.filter(({ type }) => type === 'file').map(({ name, mode }) => [name, mode]);
  expect(files).toEqual([
    ['app/components/web/dist/server.js', 0o644],
    ['app/components/web/run', 0o755],
    ['app/libs/format/index.js', 0o644],
    ['app/root', 0o644],
  ]);
  expect(lines[0]).toMatch(/\/components\/web$/);
});

test('the same build command gives the same digest in another place', async () => {
  const command = 'touch made; echo "$SOURCE_DATE_EPOCH" >> made';
  const [one, two] = await Promise.all([build({ build: { command } }), build({ build: { command } })]);
  expect(one.image.manifest.digest).toBe(two.image.manifest.digest);
});

test('nothing is left behind: after dispose, after a failed command, after missing files, after an abort', async () => {
  const { scratch, image } = await build();
  expect(await readdir(scratch)).toHaveLength(1);
  await image.dispose();
  expect(await readdir(scratch)).toEqual([]);

  const aborting = new AbortController();
  const onOutput = () => aborting.abort();
  const failures = [
    { request: { build: { command: 'exit 1' } }, code: 'BUILD_FAILED' },
    { request: { path: 'components/missing' }, code: 'BUILD_FAILED' },
    { request: { path: 'components/web/run' }, code: 'BUILD_FAILED' },
    { request: { readTree: failingTree }, code: 'GIT_NOT_READY' },
    {
      request: { build: { command: 'echo started; sleep 60' }, onOutput, signal: aborting.signal },
      code: 'CANCELLED',
    },
  ];
  for (const { request, code } of failures) {
    await expect(
      builder.build(buildRequest(scratch, tree, { path: 'components/web', ...request })),
    ).rejects.toMatchObject({ code });
    expect(await readdir(scratch)).toEqual([]);
  }
});

test('a path that is no directory at the commit is named', async () => {
  await expect(build({ path: 'components/missing' })).rejects.toMatchObject({
    message: 'components/missing, the path of web, is not a directory at the commit',
  });
});
