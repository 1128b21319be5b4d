// Which commit a version is made of and what it is called: branches, tags, detached heads, uncommitted files.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployResult } from '../../src/actions/deploy.ts';
import type { OpenResult } from '../../src/actions/open.ts';
import type { PlanResult } from '../../src/actions/plan.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import type { VersionsResult } from '../../src/actions/versions.ts';
import { flaws } from './refusal.ts';
import { program, Sandbox } from './sandbox.ts';
import { type Answer, serverOf, SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  await app.release('first');
  await app.json('deploy', 'v1');
});
afterAll(async () => sandbox.remove(app.cwd));

async function git(...args: string[]): Promise<void> {
  await sandbox.git(args, app.cwd);
}

/** Who answers for a version. */
async function releaseOf(version: string): Promise<string> {
  const { url } = await app.json<OpenResult>('open', version);
  return ((await (await fetch(url)).json()) as Answer).release;
}

async function versionOf(name: string) {
  const { items } = await app.json<VersionsResult>('versions');
  return items.find((item) => item.name === name);
}

// Each test leaves the branch main checked out, without changes.
describe('a version', () => {
  it('that has a name is never made of another commit', async () => {
    await app.release('second');
    expect(
      flaws(await app.fox('deploy', 'v1'), 5, "it can't be changed to commit", '`fox deploy v1 --commit '),
    ).toEqual([]);
    expect(await releaseOf('v1')).toBe('first');
  });

  it('is taken from a commit without a look at the work tree', async () => {
    const file = sandbox.path(app.cwd, 'web/server.js');
    const before = await readFile(file, 'utf8');
    await app.write('web/server.js', 'broken');
    await git('tag', '-f', 'old', 'HEAD');
    await app.json('deploy', 'from-tag', '--commit', 'old');
    expect(await readFile(file, 'utf8')).toBe('broken');
    await app.write('web/server.js', before);
    expect((await versionOf('from-tag'))?.mutable).toBe(false);
    await git('tag', '-d', 'old');
  });

  it('is named as its branch, and branches with the same letters stay apart', async () => {
    for (const branch of ['feature/x', 'fix/x', 'feature-x']) {
      await git('checkout', '-q', '-b', branch);
      await app.release(branch);
      await app.json('deploy');
      await git('checkout', '-q', 'main');
    }
    for (const branch of ['feature/x', 'fix/x', 'feature-x']) {
      expect(await releaseOf(branch)).toBe(branch);
      await app.json('release', branch, '-e', 'team');
      expect((await app.json<StatusResult>('status')).releases['team']?.version).toMatch(/^f\S+-x/);
    }
    await git('branch', '-q', '-D', 'feature/x', 'fix/x', 'feature-x');
  });

  it('needs a name where there is neither branch nor tag, or several tags', async () => {
    await git('checkout', '-q', '--detach');
    expect(flaws(await app.fox('deploy'), 2, 'which name', 'no branch is checked out')).toEqual([]);
    const ci = await sandbox.run(process.execPath, [program, 'plan', '-o', 'json'], {
      cwd: app.cwd,
      env: { GITHUB_HEAD_REF: 'from-ci' },
    });
    expect(JSON.parse(ci.stdout)).toMatchObject({ version: 'from-ci', mutable: true });
    await git('tag', 'a');
    expect(await app.json<PlanResult>('plan')).toMatchObject({ version: 'a', mutable: false });
    await git('tag', 'b');
    expect(flaws(await app.fox('deploy'), 2, 'which name', 'the commit has 2 tags: a, b')).toEqual([]);
    expect(await app.json<PlanResult>('plan', 'c')).toMatchObject({ version: 'c', mutable: false });
    await git('tag', '-d', 'a', 'b');
    await git('checkout', '-q', 'main');
  });

  it('that follows a branch is replaced, and what only the old one used leaves', async () => {
    await app.release('day one');
    await app.json('deploy');
    expect(await releaseOf('main')).toBe('day one');
    const before = await workloads();
    await app.release('day two');
    const result = await app.json<DeployResult>('deploy');
    expect(result).toMatchObject({ version: 'main', mutable: true, workloads: { create: 1, keep: 0 } });
    expect(await releaseOf('main')).toBe('day two');
    expect(await workloads()).toHaveLength(before.length);
    expect(await workloads()).not.toEqual(before);
  });
});

async function workloads(): Promise<string[]> {
  return (await app.json<StatusResult>('status')).workloads.map(({ name }) => name);
}

describe('uncommitted files', () => {
  it('are named, and only those of the app count', async () => {
    await app.write('web/server.js', serverOf('unfinished'));
    await app.write('web/new.txt', 'new');
    await app.write('notes.txt', 'beside the components');
    const ended = await app.fox('deploy', 'v9');
    expect(
      flaws(ended, 5, '2 files have uncommitted changes', '  web/server.js\n', '  web/new.txt\n'),
    ).toEqual([]);
    expect(ended.stderr).not.toContain('notes.txt');
    await git('checkout', '-q', '.');
    await git('clean', '-q', '-f', '-d');
  });

  it('are taken along by --dirty, marked, and replaced by the next ones', async () => {
    await app.write('web/server.js', serverOf('draft 1'));
    expect(await app.json<DeployResult>('deploy', '--dirty')).toMatchObject({ dirty: true, mutable: true });
    expect(await releaseOf('main')).toBe('draft 1');
    expect(await versionOf('main')).toMatchObject({ dirty: true, mutable: true });
    expect((await app.fox('versions')).stdout).toContain('main (dirty)');
    const count = (await workloads()).length;
    await app.write('web/server.js', serverOf('draft 2'));
    await app.json('deploy', '--dirty');
    expect(await releaseOf('main')).toBe('draft 2');
    expect(await workloads()).toHaveLength(count);
    expect((await sandbox.git(['status', '--porcelain'], app.cwd)).trim()).toBe('M web/server.js');
    await git('checkout', '-q', '.');
  });

  it('never change a version that has a name', async () => {
    await app.write('web/server.js', serverOf('draft'));
    expect(flaws(await app.fox('deploy', 'v1', '--dirty'), 5, 'uncommitted changes')).toEqual([]);
    await git('checkout', '-q', '.');
  });
});
