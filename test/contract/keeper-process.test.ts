// The keeper as a process beside the embedded cluster's daemon: it ends what has expired, comes back when it dies, and ends with the daemon.
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../unit/embedded/eventually.ts';
import { buildPrograms, type Programs, TestHome } from './embedded-daemon-home.ts';
import { past } from './keeper-world.ts';

/** As fox's own build has made it. */
const keeper = fileURLToPath(new URL('../../dist/keeper.js', import.meta.url));
const hasProc = existsSync('/proc/self/cmdline');
if (!hasProc) process.stderr.write('there is no /proc: processes of the keeper are not looked for\n');

let programs: Programs;
let home: TestHome;
beforeAll(async () => {
  programs = await buildPrograms();
}, 60_000);
afterAll(() => rm(programs.dir, { recursive: true, force: true }));
beforeEach(async () => {
  home = await TestHome.create(programs);
});
afterEach(() => home.end(), 30_000);

async function keeperLog(): Promise<string> {
  return readFile(join(home.home, 'keeper.log'), 'utf8').catch(() => '');
}

/** Ids of the keeper's processes, of this home alone. */
async function keeperPids(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(async (pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids
    .filter((_, place) => {
      const words = lines[place]?.split('\0') ?? [];
      return words.includes(keeper) && words.includes(join(home.home, 'kubeconfig'));
    })
    .map(Number);
}

const configMaps = '/api/v1/namespaces/default/configmaps';

async function makeExpired(name: string): Promise<void> {
  const { status } = await home.client.post(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: `fox-env-${name}`,
      labels: {
        'app.kubernetes.io/managed-by': 'fox',
        'kubefox.io/kind': 'environment',
        'kubefox.io/environment': name,
      },
    },
    data: { environment: JSON.stringify({ name, vars: {}, ttl: '1h', expiresAt: past }) },
  });
  expect(status).toBe(201);
}

async function ended(name: string): Promise<void> {
  const isGone = async () => (await home.client.get(`${configMaps}/fox-env-${name}`)).status === 404;
  await eventually(isGone, () => home.log, 25_000);
}

test('it ends what has expired, also after it was killed', { timeout: 60_000 }, async () => {
  await home.start({ keeper });
  await makeExpired('pr-1');
  await ended('pr-1');
  await eventually(async () => (await keeperLog()).includes('"event":"environment-ended"'));
  if (!hasProc) return;
  const [pid] = await keeperPids();
  process.kill(pid ?? 0, 'SIGKILL');
  await makeExpired('pr-2');
  await ended('pr-2');
  expect(home.log).toContain('the keeper ended by SIGKILL');
  expect(await keeperPids()).toHaveLength(1);
});

test.runIf(hasProc)('it ends with the daemon, in order or not', { timeout: 60_000 }, async () => {
  await home.start({ keeper });
  await eventually(
    async () => (await keeperLog()).includes('"event":"keeping"'),
    () => home.log,
  );
  await home.kill();
  await eventually(async () => (await keeperPids()).length === 0);
  await home.start({ keeper });
  await eventually(async () => (await keeperPids()).length === 1);
  await home.stop();
  expect(await keeperPids()).toEqual([]);
});
