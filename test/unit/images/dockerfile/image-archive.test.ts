// Archives as programs save images to: both formats, with what is odd about each, and damaged ones.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Header, pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { readImageArchive } from '../../../../src/images/dockerfile/image-archive.ts';
import { temporaryDirectory } from '../fixture.ts';

type Entry = Partial<Header> & { readonly name: string; readonly content?: string };

const live = new AbortController().signal;
const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');
const config = JSON.stringify({
  architecture: 'amd64',
  os: 'linux',
  config: { Cmd: ['x'] },
  rootfs: { type: 'layers', diff_ids: [] },
  container_config: { Hostname: 'of the build' },
});

async function read(entries: readonly Entry[], platform = 'linux/amd64') {
  const directory = await temporaryDirectory();
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, content);
  tar.finalize();
  await writeFile(join(directory, 'image.tar'), await buffer(tar));
  return readImageArchive(join(directory, 'image.tar'), join(directory, 'unpacked'), platform, live);
}

function blob(content: string): {
  entry: Entry;
  descriptor: { mediaType: string; digest: string; size: number };
} {
  const digest = digestOf(content);
  const descriptor = { mediaType: 'application/x', digest: `sha256:${digest}`, size: content.length };
  return { entry: { name: `blobs/sha256/${digest}`, content }, descriptor };
}

const json = (name: string, document: unknown): Entry => ({ name, content: JSON.stringify(document) });

test("Docker's older format: layers by name, some of them links to others; what the build's machine left is dropped", async () => {
  const image = await read([
    { name: 'abc.json', content: config },
    { name: 'one/', type: 'directory' },
    { name: 'one/layer.tar', content: 'first' },
    { name: 'two/layer.tar', type: 'symlink', linkname: '../one/layer.tar' },
    { name: 'three/layer.tar', content: 'third' },
    json('manifest.json', [
      {
        Config: 'abc.json',
        RepoTags: ['x:1'],
        Layers: ['one/layer.tar', 'two/layer.tar', 'three/layer.tar'],
      },
    ]),
  ]);
  expect(image.layers.map(({ digest, size }) => [digest, size])).toEqual([
    [`sha256:${digestOf('first')}`, 5],
    [`sha256:${digestOf('first')}`, 5],
    [`sha256:${digestOf('third')}`, 5],
  ]);
  expect(await readFile(image.layers[2]?.file ?? '', 'utf8')).toBe('third');
  expect(image.config).not.toHaveProperty('container_config');
});

test('an OCI layout: the manifest of the platform is chosen, statements about the build are not', async () => {
  const layer = blob('layer');
  const configBlob = blob(config);
  const manifest = blob(
    JSON.stringify({ config: configBlob.descriptor, layers: [layer.descriptor], annotations: { by: 'it' } }),
  );
  const statement = blob('{}');
  const index = blob(
    JSON.stringify({
      manifests: [
        { ...statement.descriptor, platform: { os: 'unknown', architecture: 'unknown' } },
        { ...manifest.descriptor, platform: { os: 'linux', architecture: 'amd64' } },
      ],
    }),
  );
  const entries = [layer, configBlob, manifest, statement, index].map(({ entry }) => entry);
  const outer = json('index.json', { manifests: [index.descriptor] });
  const image = await read([...entries, outer]);
  expect(image).toMatchObject({ annotations: { by: 'it' }, config: { config: { Cmd: ['x'] } } });
  expect(image.layers).toMatchObject([
    { digest: layer.descriptor.digest, mediaType: 'application/x', size: 5 },
  ]);
  await expect(read([...entries, outer], 'linux/s390x')).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    message: "the image that was built can't be used: it has no image for linux/s390x",
  });
  const swapped = entries.map((each) => (each === layer.entry ? { ...each, content: 'other' } : each));
  await expect(read([...swapped, outer])).rejects.toMatchObject({
    message: `the image that was built can't be used: its blob ${layer.descriptor.digest} has other content`,
  });
});

test('what is no image is named', async () => {
  await expect(read([{ name: 'x', content: '' }])).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    message: "the image that was built can't be used: it lacks manifest.json",
  });
  await expect(read([{ name: 'manifest.json', content: '{' }])).rejects.toMatchObject({
    message: "the image that was built can't be used: it is damaged",
  });
  await expect(read([json('index.json', { manifests: [{}] })])).rejects.toMatchObject({
    code: 'BUILD_FAILED',
  });
  const missing = readImageArchive(
    '/none/image.tar',
    join(await temporaryDirectory(), 'x'),
    'linux/amd64',
    live,
  );
  await expect(missing).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
});

test('names in an archive lead nowhere: its files are numbered', async () => {
  const image = await read([
    { name: 'abc.json', content: config },
    { name: '../../../escaped', content: 'layer' },
    json('manifest.json', [{ Config: 'abc.json', Layers: ['../../../escaped'] }]),
  ]);
  expect(image.layers[0]?.file).toMatch(/\/unpacked\/\d+$/);
});
