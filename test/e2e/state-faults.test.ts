// fox's own files are removed, kept elsewhere, or on a disk that is full; and its output goes nowhere.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { OpenResult } from '../../src/actions/open.ts';
import type { PlanResult } from '../../src/actions/plan.ts';
import { flaws } from './refusal.ts';
import { eventually, program, Sandbox } from './sandbox.ts';
import { type Answer, SmallApp } from './small-app.ts';

const execute = promisify(execFile);

let sandbox: Sandbox;
let app: SmallApp;
/** Commit of v1. */
let first: string;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  first = await app.release('first');
  await app.json('deploy', 'v1');
});
afterAll(async () => sandbox.remove(app.cwd));

/** Asks v1 until it answers. */
async function answer(): Promise<Answer> {
  const { url } = await app.json<OpenResult>('open', 'v1');
  const ask = () => fetch(url).catch(() => undefined);
  const response = await eventually(ask, (got) => got?.status === 200);
  return (await response?.json()) as Answer;
}

/** Takes what a small disk still has. */
function fill(path = ''): Promise<void> {
  return writeFile(path, Buffer.alloc(12 * 1024 * 1024)).catch(() => undefined);
}

describe('files that somebody has removed', () => {
  it('are made again: images and what was unpacked', async () => {
    await app.json('cluster', 'stop');
    await rm(sandbox.path(app.cwd, '.fox/images'), { recursive: true });
    await rm(sandbox.path(app.cwd, '.fox/cluster/rootfs'), { recursive: true });
    await rm(sandbox.path(app.cwd, '.fox/cache'), { recursive: true, force: true });
    const { components } = await app.json<PlanResult>('plan', 'v1', '--commit', first);
    expect(components.map(({ action }) => action)).toEqual(['build']);
    await app.json('deploy', 'v1', '--commit', first);
    expect((await answer()).release).toBe('first');
  });

  it('take no version with them when the cluster goes on running', async () => {
    await app.json('cluster', 'start');
    const { pid } = await answer();
    await rm(sandbox.path(app.cwd, '.fox/images'), { recursive: true });
    await app.release('second');
    await app.json('deploy', 'v2');
    expect((await answer()).pid).toBe(pid);
    await app.json('deploy', 'v1', '--commit', first);
    await app.json('delete', 'v2');
  });
});

describe('the state', () => {
  it('is ignored by git', async () => {
    expect(await sandbox.git(['status', '--porcelain', '--untracked-files=all'], app.cwd)).toBe('');
  });

  it('can be kept elsewhere', async () => {
    const env = { FOX_HOME: sandbox.path('elsewhere') };
    const ended = await sandbox.fox('cluster start -o json', { cwd: app.cwd, env });
    expect(JSON.parse(ended.stdout)).toMatchObject({ home: sandbox.path('elsewhere/cluster') });
    await sandbox.fox('cluster stop', { cwd: app.cwd, env });
    expect(existsSync(sandbox.path('elsewhere/.gitignore'))).toBe(true);
  });

  it('can be on a disk that fills up', async ({ skip }) => {
    const disk = sandbox.path('disk');
    await mkdir(disk);
    const mounted = await execute('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk]).then(
      () => true,
      () => false,
    );
    if (!mounted) skip('a small disk can only be mounted as root on Linux');
    const env = { FOX_HOME: `${disk}/home` };
    const fox = (line: string) => sandbox.fox(line, { cwd: app.cwd, env });
    try {
      expect(await fox('deploy v1')).toMatchObject({ code: 0 });
      const fillers = [`${disk}/filler`, `${disk}/filler-again`];
      await fill(fillers[0]);
      await app.write('web/large', 'x'.repeat(1024 * 1024));
      await app.commit();
      expect(flaws(await fox('deploy v2'), 1, "can't", 'no space left on device')).toEqual([]);
      await fox('cluster stop');
      // What the cluster gave back when it ended is taken, too.
      await fill(fillers[1]);
      expect(flaws(await fox('cluster start'), 3, 'no space left on device')).toEqual([]);
      for (const filler of fillers) await rm(filler);
      expect(await fox('deploy v2')).toMatchObject({ code: 0 });
      expect(JSON.parse((await fox('versions -o json')).stdout)).toMatchObject({
        items: [{ name: 'v1' }, { name: 'v2' }],
      });
    } finally {
      await fox('cluster stop');
      await execute('umount', [disk]);
    }
  });
});

describe('output', () => {
  it('is the same document in JSON and YAML', async () => {
    const yaml = await app.fox('versions', '-o', 'yaml');
    expect(yaml).toMatchObject({ code: 0, stderr: '' });
    expect(parse(yaml.stdout)).toEqual(await app.json('versions'));
  });

  it('that nobody reads any more ends the command quietly', async () => {
    const shell = `"${process.execPath}" "${program}" status | head -1; "${process.execPath}" "${program}" logs web --quiet | true`;
    const ended = await sandbox.run('sh', ['-c', shell], { cwd: app.cwd });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout.split('\n')).toHaveLength(2);
  });

  it('or input that is closed changes nothing', async () => {
    const shell = `"${process.execPath}" "${program}" status <&- && "${process.execPath}" "${program}" status >&-`;
    expect(await sandbox.run('sh', ['-c', shell], { cwd: app.cwd })).toMatchObject({ code: 0, stderr: '' });
  });

  it('that a full disk refuses is an error', async ({ skip }) => {
    if (!existsSync('/dev/full')) skip('there is no /dev/full');
    const shell = `"${process.execPath}" "${program}" status >/dev/full`;
    const ended = await sandbox.run('sh', ['-c', shell], { cwd: app.cwd });
    expect(flaws(ended, 1, "the output can't be written")).toEqual([]);
  });
});
