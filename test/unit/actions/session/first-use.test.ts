import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allowFirstUse, type ClusterUse } from '../../../../src/actions/session/first-use.ts';

let home: string;
beforeEach(async () => {
  home = join(await mkdtemp(join(tmpdir(), 'fox-first-use-')), '.fox');
});
afterEach(async () => rm(join(home, '..'), { recursive: true, force: true }));

const use: ClusterUse = {
  context: 'dev',
  server: 'https://dev',
  namespace: 'orders',
  isExplicit: false,
  isCurrent: false,
};
const other = { ...use, context: 'prod', server: 'https://prod' };

async function allow(change: Partial<ClusterUse> = {}): Promise<void> {
  await allowFirstUse(home, { ...use, ...change });
}

describe('a cluster that is used for the first time', () => {
  it('is used where none was before, and remembered', async () => {
    await allow({ isCurrent: true });
    expect(JSON.parse(await readFile(join(home, 'clusters.json'), 'utf8'))).toEqual(['https://dev']);
    expect((await stat(join(home, 'clusters.json'))).mode & 0o777).toBe(0o600);
    await expect(readFile(join(home, '.gitignore'), 'utf8')).resolves.toBe('*\n');
    await allow({ namespace: 'another' });
  });

  it('is refused where the embedded one was used, until it is named once', async () => {
    await mkdir(join(home, 'cluster'), { recursive: true });
    await expect(allow()).rejects.toMatchObject({
      code: 'REFUSED',
      message:
        'this would be the first change of cluster dev (https://dev), namespace orders, from here; so far the embedded cluster was used',
      hints: [expect.stringContaining('`--context dev`'), expect.stringContaining('`--context embedded`')],
    });
    await allow({ isExplicit: true });
    await allow();
  });

  it("is refused where another was used, if it is but the kubeconfig's current one", async () => {
    await allow();
    await expect(allow({ ...other, isCurrent: true })).rejects.toMatchObject({
      code: 'REFUSED',
      message: expect.stringContaining('so far cluster https://dev was used'),
    });
    await allow(other);
    await allow({ ...other, isCurrent: true });
    await allow({ isCurrent: true });
  });

  it('is asked for again if the note is damaged', async () => {
    await mkdir(join(home, 'cluster'), { recursive: true });
    await allow({ isExplicit: true });
    await writeFile(join(home, 'clusters.json'), '["https://d');
    await expect(allow()).rejects.toMatchObject({ code: 'REFUSED' });
  });

  it.skipIf(process.getuid?.() === 0)('is used where nothing can be noted', async () => {
    await chmod(join(home, '..'), 0o500);
    await expect(allow()).resolves.toBeUndefined();
    await chmod(join(home, '..'), 0o700);
  });
});
