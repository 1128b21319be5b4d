// What every program that builds Dockerfiles must do for fox: what the image holds, what its build says, and how it ends.
import { execFileSync } from 'node:child_process';
import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { DockerfileBuild } from '../../src/core/version/app.ts';
import type { BuildTool } from '../../src/core/version/build-tool.ts';
import { dockerfileBuilder } from '../../src/images/dockerfile/dockerfile-builder.ts';
import type { ReadyTool } from '../../src/images/dockerfile/find-tool.ts';
import type { BuildRequest } from '../../src/images/builder.ts';
import type { BuiltImage } from '../../src/images/image.ts';
import { openLayout } from '../../src/images/oci-layout.ts';
import { type Files, origin, requestFor, writeFiles } from './builders-sample.ts';
import { copyPrograms, endEngine, eventually, processesWith, requireTool } from './builders-tools.ts';
import { requireProgram, temporaryDirectory } from './registry-process.ts';

const here: DockerfileBuild = { dockerfile: 'web/Dockerfile', context: 'web' };
const copying = 'FROM scratch\nCOPY . /app\nWORKDIR /app\nENV A=b\nCMD ["/app/serve"]\n';

function builderOf(tool: ReadyTool) {
  const inner = dockerfileBuilder({ findTool: () => Promise.resolve(tool) });
  return async (
    files: Files,
    build: Partial<DockerfileBuild> = {},
    more: Partial<Omit<BuildRequest<DockerfileBuild>, 'build'>> = {},
  ) => inner.build(await requestFor<DockerfileBuild>({ ...here, ...build }, files, more));
}

/** What an independent tool sees in an image: its config, and its files with their modes and owners. */
async function lookInto(image: BuiltImage): Promise<{ config: unknown; files: string[] }> {
  const directory = await temporaryDirectory();
  const { reference } = await requestFor({}, {});
  await openLayout(join(directory, 'images')).put(reference, image);
  const name = `oci:${join(directory, 'images')}:shop/web:${reference.sourceHash.slice(0, 40)}`;
  execFileSync('skopeo', ['copy', name, `dir:${join(directory, 'copy')}`], { stdio: 'pipe' });
  const config = execFileSync('skopeo', ['inspect', '--config', name], { encoding: 'utf8', stdio: 'pipe' });
  const files: string[] = [];
  for (const { digest } of image.layers) {
    const layer = join(directory, 'copy', digest.slice('sha256:'.length));
    const list = execFileSync('tar', ['-tvf', layer, '--numeric-owner'], { encoding: 'utf8' });
    for (const line of list.trim().split('\n')) {
      const [mode, owner, , , , path] = line.split(/\s+/);
      files.push(`${mode} ${owner} ${path?.replace(/^\/|\/$/g, '')}`);
    }
  }
  return { config: JSON.parse(config), files };
}

/** The tests of one program. */
export function describeTool(name: BuildTool): void {
  afterAll(endEngine);
  test('makes an image of the commit’s files, with the labels of its origin', async (context) => {
    requireProgram(context, 'skopeo', 'Debian package skopeo');
    const build = builderOf(await requireTool(context, name));
    const lines: string[] = [];
    const scratch = await temporaryDirectory();
    const image = await build(
      {
        'web/Dockerfile': copying,
        'web/serve': 'x',
        'web/.dockerignore': 'secret*\nDockerfile\n',
        'web/secret.key': 'k',
      },
      {},
      {
        scratch,
        onOutput: (line) => lines.push(line),
        readTree: async (into) => {
          await writeFiles(into, {
            'web/Dockerfile': copying,
            'web/serve': '#!',
            'web/lib/a': 'a',
            'web/secret.key': 'k',
            'web/.dockerignore': 'secret*\nDockerfile\n.dockerignore\n',
          });
          await chmod(join(into, 'web/serve'), 0o700);
          await chmod(join(into, 'web/lib/a'), 0o600);
        },
      },
    );
    const { config, files } = await lookInto(image);
    expect(config).toMatchObject({
      created: '2023-11-14T22:13:20Z',
      architecture: 'amd64',
      config: {
        Env: expect.arrayContaining(['A=b']) as unknown,
        WorkingDir: '/app',
        Cmd: ['/app/serve'],
        Labels: {
          'org.opencontainers.image.created': '2023-11-14T22:13:20Z',
          'org.opencontainers.image.revision': origin.commit,
          'org.opencontainers.image.source': origin.repository,
          'org.opencontainers.image.version': 'v1',
        },
      },
    });
    expect([...new Set(files)].filter((each) => !/ (app)?$/.test(each))).toEqual([
      'drwxr-xr-x 0/0 app/lib',
      '-rw-r--r-- 0/0 app/lib/a',
      '-rwxr-xr-x 0/0 app/serve',
    ]);
    expect(lines.join('\n')).toMatch(/COPY \. \/app/);
    await image.dispose();
    expect(await readdir(scratch)).toEqual([]);
  });

  test('takes arguments, a target, and a context above the component', async (context) => {
    requireProgram(context, 'skopeo', 'Debian package skopeo');
    const build = builderOf(await requireTool(context, name));
    const text = [
      'FROM scratch AS first',
      'ARG EDITION=none',
      'LABEL edition="$EDITION"',
      'COPY libs/shared.txt web/own.txt /',
      'FROM scratch AS second',
      'COPY web/own.txt /',
      '',
    ].join('\n');
    const image = await build(
      { 'web/docker/Dockerfile': text, 'web/own.txt': 'own', 'libs/shared.txt': 'shared' },
      { dockerfile: 'web/docker/Dockerfile', context: '', target: 'first', args: { EDITION: 'a b"$c' } },
    );
    const { config, files } = await lookInto(image);
    expect(config).toMatchObject({ config: { Labels: { edition: 'a b"$c' } } });
    expect(new Set(files.map((each) => each.split(' ')[2]))).toEqual(new Set(['own.txt', 'shared.txt']));
    await image.dispose();
  });

  test('the same files give the same layers, whenever and from whichever commit they are built', async (context) => {
    const build = builderOf(await requireTool(context, name));
    const files = { 'web/Dockerfile': copying, 'web/serve': `x ${Math.random()}` };
    const one = await build(files);
    const two = await build(
      files,
      {},
      { origin: { ...origin, commit: 'd'.repeat(40), committedAt: 1_800_000_000 } },
    );
    expect(two.layers.map((layer) => layer.digest)).toEqual(one.layers.map((layer) => layer.digest));
    expect(two.manifest.digest).not.toBe(one.manifest.digest);
    await one.dispose();
    await two.dispose();
  });

  test('a step that fails is the error, with the last lines, and leaves nothing', async (context) => {
    const build = builderOf(await requireTool(context, name));
    const scratch = await temporaryDirectory();
    const failing = build({ 'web/Dockerfile': 'FROM scratch\nCOPY missing.txt /\n' }, {}, { scratch });
    const failure = expect.objectContaining({
      code: 'BUILD_FAILED',
      message: expect.stringMatching(
        new RegExp(`^the build of web failed: ${name} build exited with code [1-9]`),
      ) as unknown,
      details: expect.arrayContaining([expect.stringContaining('missing.txt')]) as unknown,
      hints: [expect.stringContaining('`build.context`')],
    }) as unknown;
    await expect(failing).rejects.toEqual(failure);
    expect(await readdir(scratch)).toEqual([]);
  });

  test('several platforms are built one after the other', async (context) => {
    const build = builderOf(await requireTool(context, name));
    const image = await build(
      { 'web/Dockerfile': copying, 'web/serve': 'x' },
      {},
      { platforms: ['linux/amd64', 'linux/arm64'] },
    );
    expect(image.platforms).toHaveLength(2);
    const configs = image.configs.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as unknown);
    expect(configs).toMatchObject([{ architecture: 'amd64' }, { architecture: 'arm64' }]);
    await image.dispose();
  });
}

/** Those of a program that runs steps itself. Docker's engine runs them; what ends with fox is its client. */
export function describeSteps(name: BuildTool): void {
  test('runs steps, shows their output while they run, and ends them on abort', async (context) => {
    const tool = await requireTool(context, name);
    const root = await temporaryDirectory();
    copyPrograms(context, root, ['sh', 'sleep']);
    const mark = `7${Math.floor(Math.random() * 1e6)}`;
    const aborting = new AbortController();
    const lines: string[] = [];
    const scratch = await temporaryDirectory();
    const request = await requestFor<DockerfileBuild>(
      here,
      {},
      {
        scratch,
        signal: aborting.signal,
        onOutput: (line) => lines.push(line),
        readTree: async (into) => {
          await writeFiles(into, {
            'web/Dockerfile': `FROM scratch\nCOPY . /\nRUN ["/bin/sh", "-c", "echo it-runs; exec sleep ${mark}"]\n`,
          });
          execFileSync('cp', ['-a', `${root}/.`, join(into, 'web')]);
        },
      },
    );
    const building = dockerfileBuilder({ findTool: () => Promise.resolve(tool) }).build(request);
    building.catch(() => undefined);
    const ended = building.then(
      () => 'it ended',
      (error: unknown) => error,
    );
    await Promise.race([
      eventually(() => lines.includes('it-runs')),
      ended.then((how) => Promise.reject(how)),
    ]);
    expect(await processesWith(`sleep ${mark}`)).not.toEqual([]);
    aborting.abort();
    await expect(building).rejects.toMatchObject({ code: 'CANCELLED' });
    await eventually(async () => (await processesWith(mark)).length === 0);
    expect(await readdir(scratch)).toEqual([]);
  });
}
