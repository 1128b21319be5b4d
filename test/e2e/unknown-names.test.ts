// Names of things that don't exist, in every command and on every URL that takes one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatusResult } from '../../src/actions/status.ts';
import { flaws } from './refusal.ts';
import { hasProgram, program, Sandbox } from './sandbox.ts';
import { SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
let edge: string;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  await app.release('first');
  await app.json('deploy', 'stable');
  edge = (await app.json<StatusResult>('status')).router.url ?? '';
});
afterAll(async () => sandbox.remove(app.cwd));

describe('a command', () => {
  it.each([
    'release stabel',
    'open stabel',
    'logs web --version stabel',
    'delete stabel',
    'release stabel --dry-run',
  ])('names the version that was meant: %s', async (line) => {
    const ended = await app.fox(...line.split(' '));
    expect(
      flaws(ended, 2, 'there is no version "stabel" of shop', 'Did you mean `stable`?', 'Deployed: stable'),
    ).toEqual([]);
  });

  it('asks before a name that may be a slip makes a virtual environment, and refuses it where nobody can answer', async ({
    skip,
  }) => {
    if (process.platform !== 'linux' || !(await hasProgram('script'))) skip('there is no script of Linux');
    const typed = [process.execPath, program, 'release', 'stable', '-e', 'defualt'].join(' ');
    const asked = await sandbox.run('sh', ['-c', `echo n | script -qec '${typed}' /dev/null`], {
      cwd: app.cwd,
    });
    expect(asked.stdout).toContain('There is no virtual environment defualt (did you mean default?)');
    expect(asked.stdout).toContain('cancelled: nothing was changed');
    expect((await app.json<StatusResult>('status')).releases).not.toHaveProperty('defualt');
    const refused = await app.fox('release', 'stable', '-e', 'defaults');
    expect(
      flaws(refused, 2, 'no virtual environment "defaults"', 'Did you mean `default`?', '--yes'),
    ).toEqual([]);
    expect(await app.fox('release', 'stable', '-e', 'defaults', '--yes')).toMatchObject({ code: 0 });
  });

  it.each([
    'open -e defualt',
    'open stable -e defualt',
    'logs web --version stable -e defualt',
    'history -e defualt',
    'rollback -e defualt',
  ])('names the virtual environment that was meant: %s', async (line) => {
    const ended = await app.fox(...line.split(' '));
    expect(flaws(ended, 2, 'there is no virtual environment "defualt"', 'Did you mean `default`?')).toEqual(
      [],
    );
  });

  it.each([
    ['logs wep', 2, 'there is no component "wep"', 'Did you mean `web`?'],
    ['why nothing', 2, 'there is no workload "nothing"', 'shop-web-'],
    ['open', 2, 'nothing is released in virtual environment default', 'fox release <version>'],
    ['rollback', 5, 'no earlier release', 'fox release <version>'],
    ['rollback --yes', 5, 'no earlier release', 'fox release <version>'],
    ['logs web --container wep', 2, 'no container "wep"; there is: web', 'Did you mean `web`?'],
    ['logs web --container wep -f', 2, 'no container "wep"; there is: web', 'Did you mean `web`?'],
    ['logs web --previous', 2, 'web has no previous run', '`fox logs web`'],
  ] as const)('says what there is instead: %s', async (line, code, message, hint) => {
    expect(flaws(await app.fox(...line.split(' ')), code, message, hint)).toEqual([]);
  });

  it('does not delete what is released, and knows a version by its long name, too', async () => {
    await app.json('release', 'stable', '-e', 'team');
    expect(flaws(await app.fox('delete', 'stable'), 5, 'stable is released in')).toEqual([]);
    expect(await app.fox('release', 'shop-stable', '-e', 'team')).toMatchObject({ code: 0 });
  });
});

describe('a URL', () => {
  it.each([
    ['kf-dep=stabel', 404, 'There is no version "stabel"; did you mean "stable"? There are: '],
    ['kf-ve=defualt', 404, 'There is no virtual environment "defualt"; did you mean "default"? There are: '],
    ['kf-dep=', 400, 'is empty'],
    ['kf-dep=stable&kf-dep=stable2', 400, 'more than once'],
    ['kf-dep=%00', 404, 'There is no version'],
    ['', 404, 'fox release'],
  ])('is told what is wrong with it: ?%s', async (query, status, text) => {
    const response = await fetch(`${edge}/?${query}`);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const problem = (await response.json()) as { detail: string; try: string[] };
    expect([problem.detail, ...problem.try].join('\n')).toContain(text);
  });
});
