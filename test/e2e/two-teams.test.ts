// The README's story of two teams in one cluster, typed as it stands there.
import { chmod, mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentShowResult } from '../../src/actions/environments/show.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { type ShownCommand, shownCommands, Story } from './readme-story.ts';
import { hasProgram, program, Sandbox } from './sandbox.ts';

const blocks = await shownCommands('Two teams, one cluster');
const programs = ['sh', 'curl', 'perl'];
const missing = (await Promise.all(programs.map(hasProgram))).some((has) => !has);
const cwd = 'shop';

/** Uids of a component's pods. */
async function podsOf(sandbox: Sandbox, component: string): Promise<string[]> {
  const { workloads } = await sandbox.json<StatusResult>('status', { cwd });
  const own = workloads.filter((workload) => workload.component === component);
  return own.flatMap(({ pods }) => pods.map(({ uid }) => uid)).toSorted();
}

describe.skipIf(missing)('two teams, one cluster', { sequential: true, shuffle: false }, () => {
  let sandbox: Sandbox;
  let story: Story;

  beforeAll(async () => {
    sandbox = await Sandbox.create();
    await mkdir(sandbox.path('bin'));
    await sandbox.write('bin/fox', `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    await chmod(sandbox.path('bin/fox'), 0o755);
    // At a terminal curl shows no progress.
    await sandbox.write('.curlrc', 'silent\n');
    story = new Story(sandbox, async () => {
      const { router } = await sandbox.json<StatusResult>('status', { cwd });
      return router.url ?? '';
    });
  });
  afterAll(async () => sandbox.remove(cwd));

  async function type(block: readonly ShownCommand[] = []): Promise<void> {
    expect(block.length).toBeGreaterThan(0);
    for (const shown of block) expect(await story.type(shown)).toBeUndefined();
  }

  const before: Record<string, string[]> = {};

  it('both have the same version, on the same pods', async () => {
    await type(blocks[0]);
    for (const component of ['order-ui', 'api-server', 'order-worker']) {
      before[component] = await podsOf(sandbox, component);
      expect(before[component]).toHaveLength(1);
    }
  });

  it('what is sent with requests differs, and no pod does', async () => {
    await type(blocks[1]);
    for (const [component, uids] of Object.entries(before))
      expect(await podsOf(sandbox, component)).toEqual(uids);
  });

  it('what a process is given forks the component that declares it, and no other', async () => {
    await type(blocks[2]);
    const servers = await podsOf(sandbox, 'api-server');
    expect(servers).toHaveLength(2);
    expect(servers).toEqual(expect.arrayContaining(before['api-server'] ?? []));
    for (const component of ['order-ui', 'order-worker'])
      expect(await podsOf(sandbox, component)).toEqual(before[component]);
  });

  it('a third inherits, and shares', async () => {
    const pods = await podsOf(sandbox, 'api-server');
    await type(blocks[3]);
    expect(await podsOf(sandbox, 'api-server')).toEqual(pods);
  });

  it('a secret that is missing is told before anything changes', async () => {
    await type(blocks[4]);
    expect(await podsOf(sandbox, 'order-worker')).toHaveLength(2);
  });

  it('a pull request gets one that ends by itself', async () => {
    await type(blocks[5]);
    const pullRequest = await sandbox.json<EnvironmentShowResult>('env show pr-123', { cwd });
    const left = Date.parse(pullRequest.expiresAt ?? '') - Date.now();
    expect(left).toBeGreaterThan(71 * 3_600_000);
    expect(left).toBeLessThanOrEqual(72 * 3_600_000);
  });

  it('deleting leaves only what others use', async () => {
    const stop = blocks[6]?.at(-1);
    expect(stop?.command).toBe('fox cluster stop');
    await type(blocks[6]?.slice(0, -1));
    for (const component of ['order-ui', 'api-server'])
      expect(await podsOf(sandbox, component)).toEqual(before[component]);
    await type(stop === undefined ? [] : [stop]);
    expect(blocks).toHaveLength(7);
  });
});
