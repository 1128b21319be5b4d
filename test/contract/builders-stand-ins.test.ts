// How programs that build Dockerfiles are found and asked, by stand-ins for them: also for nerdctl, which can't be installed here.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import type { DockerfileBuild } from '../../src/core/version/app.ts';
import type { BuildTool } from '../../src/core/version/build-tool.ts';
import { dockerfileBuilder } from '../../src/images/dockerfile/dockerfile-builder.ts';
import { findTool } from '../../src/images/dockerfile/find-tool.ts';
import { writeImageArchive } from '../../src/images/node-load/image-archive.ts';
import { requestFor } from './builders-sample.ts';
import { buildOf } from './images-sample.ts';
import { temporaryDirectory } from './registry-process.ts';

const live = new AbortController().signal;

/** A directory of programs that are scripts for `sh`; `$LOG` is a file beside them. */
async function programs(scripts: Partial<Record<BuildTool, string>>) {
  const directory = await temporaryDirectory();
  const log = join(directory, 'log');
  await writeFile(log, '');
  await mkdir(join(directory, 'bin'));
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(directory, 'bin', name), `#!/bin/sh\necho "${name} $*" >> "$LOG"\n${script}\n`);
    await chmod(join(directory, 'bin', name), 0o755);
  }
  // The scripts need programs of their own, which must not be those that are looked for.
  const path = ['/dev/null', join(directory, 'bin')].join(delimiter);
  return {
    env: { PATH: path, LOG: log, BIN: '/bin:/usr/bin' },
    asked: async () => (await readFile(log, 'utf8')).trim().split('\n'),
  };
}

const dead = 'echo "Cannot connect to the Docker daemon" >&2; exit 1';

test('the first that is ready is taken; one whose engine is away is passed over', async () => {
  const { env, asked } = await programs({ docker: dead, podman: 'exit 0', buildah: 'exit 0' });
  const tool = await findTool({ env, signal: live });
  expect(tool).toMatchObject({ name: 'podman', file: expect.stringMatching(/\/bin\/podman$/) as unknown });
  expect(await asked()).toEqual([
    'docker version --format {{.Server.Version}}',
    'podman info --format {{.Version.Version}}',
  ]);
});

test('the one that is wished for is the only one that is tried', async () => {
  const { env, asked } = await programs({ docker: 'exit 0', buildah: 'exit 0' });
  expect((await findTool({ wanted: 'buildah', env, signal: live })).name).toBe('buildah');
  expect(await asked()).toEqual(['buildah info']);
  await expect(findTool({ wanted: 'podman', env, signal: live })).rejects.toMatchObject({
    code: 'BUILDER_NOT_READY',
    message: 'podman is not ready here',
    details: ['podman: not found in PATH'],
    hints: [expect.stringContaining('Install'), expect.stringContaining('--builder')],
  });
});

test('where none is ready, each is named with what it lacks', async () => {
  const { env } = await programs({ docker: dead });
  await expect(findTool({ env, signal: live })).rejects.toMatchObject({
    code: 'BUILDER_NOT_READY',
    message: 'no program that builds Dockerfiles is ready here',
    details: [
      'docker: its engine does not answer (Cannot connect to the Docker daemon)',
      'podman: not found in PATH',
      'buildah: not found in PATH',
      'nerdctl: not found in PATH',
    ],
  });
});

test('a search ends on abort', async () => {
  const { env } = await programs({ docker: 'PATH="$BIN" sleep 60' });
  const aborting = new AbortController();
  const searching = findTool({ env, signal: aborting.signal });
  aborting.abort(new Error('enough'));
  await expect(searching).rejects.toThrow('enough');
});

/** Saves a prepared archive wherever it is asked to, and builds nothing. */
async function savingScript(): Promise<string> {
  const archive = join(await temporaryDirectory(), 'prepared.tar');
  const image = await buildOf('web', 1000);
  await writeImageArchive(image, 'x:1', archive, live);
  await image.dispose();
  return `
case "$1 $2" in
  "buildx version") exit \${NO_BUILDX:-0} ;;
  "save "*) while [ $# -gt 1 ]; do [ "$1" = --output ] && PATH="$BIN" cp ${archive} "$2"; shift; done ;;
esac
exit 0`;
}

const request = async () =>
  requestFor<DockerfileBuild>(
    { dockerfile: 'web/Dockerfile', context: 'web', target: 'prod', args: { A: '1' } },
    { 'web/Dockerfile': 'FROM scratch' },
  );

/** Lines with what differs from run to run left out. */
function plain(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line
      .replaceAll(/\/[^ ]*\/(tree|image-\d+\.tar)/g, '$1')
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID'),
  );
}

test.each([
  [
    'docker with Buildx',
    'docker',
    {},
    [
      'docker version --format {{.Server.Version}}',
      'docker buildx version',
      'docker buildx build --load --tag=fox.local/shop/web:ID --platform=linux/amd64 --file=tree/web/Dockerfile --target=prod --build-arg=A=1 tree/web',
      'docker save --output image-0.tar fox.local/shop/web:ID',
      'docker rmi --no-prune fox.local/shop/web:ID',
    ],
  ],
  [
    'docker without Buildx',
    'docker',
    { NO_BUILDX: '1' },
    [
      'docker version --format {{.Server.Version}}',
      'docker buildx version',
      'docker build --tag=fox.local/shop/web:ID --platform=linux/amd64 --file=tree/web/Dockerfile --target=prod --build-arg=A=1 tree/web',
      'docker save --output image-0.tar fox.local/shop/web:ID',
      'docker rmi --no-prune fox.local/shop/web:ID',
    ],
  ],
  [
    'nerdctl',
    'nerdctl',
    {},
    [
      'nerdctl info --format {{.ServerVersion}}',
      'nerdctl build --tag=fox.local/shop/web:ID --platform=linux/amd64 --file=tree/web/Dockerfile --target=prod --build-arg=A=1 tree/web',
      'nerdctl save --platform linux/amd64 --output image-0.tar fox.local/shop/web:ID',
      'nerdctl rmi --force fox.local/shop/web:ID',
    ],
  ],
] as const)('a stand-in of %s builds, saves, and forgets the name', async (_, name, more, expected) => {
  const { env, asked } = await programs({ [name]: await savingScript() });
  const builder = dockerfileBuilder({ findTool: () => findTool({ env: { ...env, ...more }, signal: live }) });
  const image = await builder.build(await request());
  expect(image.layers).toHaveLength(1);
  expect(plain(await asked())).toEqual(expected);
  await image.dispose();
});

test('with refresh a stand-in of docker looks for newer base images, and uses no cache', async () => {
  const { env, asked } = await programs({ docker: await savingScript() });
  const builder = dockerfileBuilder({ findTool: () => findTool({ env, signal: live }), refresh: true });
  await (await builder.build(await request())).dispose();
  expect((await asked())[2]).toMatch(/ --pull --no-cache /);
});

test('what a stand-in of docker can’t save is told; its name is forgotten all the same', async () => {
  const { env, asked } = await programs({
    docker: '[ "$1" = save ] && { echo no space left on device >&2; exit 1; }; exit 0',
  });
  const builder = dockerfileBuilder({ findTool: () => findTool({ env, signal: live }) });
  await expect(builder.build(await request())).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    message: "the image of web was built, but docker can't save it: it exited with code 1",
    hints: [expect.stringContaining('docker system prune')],
  });
  expect((await asked()).at(-1)).toMatch(/^docker rmi /);
});

test('the name of an image is forgotten, too, when saving it is aborted', async () => {
  const { env, asked } = await programs({ docker: '[ "$1" = save ] && PATH="$BIN" exec sleep 60; exit 0' });
  const builder = dockerfileBuilder({ findTool: () => findTool({ env, signal: live }) });
  const aborting = new AbortController();
  const building = builder.build({ ...(await request()), signal: aborting.signal });
  building.catch(() => undefined);
  await expect.poll(async () => (await asked()).at(-1), { timeout: 10_000 }).toMatch(/^docker save /);
  aborting.abort();
  await expect(building).rejects.toMatchObject({ code: 'CANCELLED' });
  expect((await asked()).at(-1)).toMatch(/^docker rmi /);
});

test('an image for another platform is built once more without cache, then refused', async () => {
  const { env, asked } = await programs({ docker: await savingScript() });
  const builder = dockerfileBuilder({ findTool: () => findTool({ env, signal: live }) });
  const wrong = { ...(await request()), platforms: ['linux/s390x'] };
  await expect(builder.build(wrong)).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    message: 'the Dockerfile of web makes an image for linux/amd64, not for linux/s390x',
  });
  const builds = (await asked()).filter((line) => line.includes(' build '));
  expect(builds.map((line) => line.includes('--no-cache'))).toEqual([false, true]);
});

test('the program is looked for once, however many components there are', async () => {
  const { env, asked } = await programs({ docker: await savingScript() });
  const builder = dockerfileBuilder({ findTool: () => findTool({ env, signal: live }) });
  const images = await Promise.all([builder.build(await request()), builder.build(await request())]);
  expect((await asked()).filter((line) => line.startsWith('docker version'))).toHaveLength(1);
  for (const image of images) await image.dispose();
});

test('a Dockerfile that the commit lacks is named before anything is built', async () => {
  const { env } = await programs({ docker: 'exit 0' });
  const builder = dockerfileBuilder({ findTool: () => findTool({ env, signal: live }) });
  const without = { ...(await request()), build: { dockerfile: 'web/Dockerfile.prod', context: 'web' } };
  await expect(builder.build(without)).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    message: 'web/Dockerfile.prod, the Dockerfile of web, is not a file at the commit',
  });
});
