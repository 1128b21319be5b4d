// Two apps in one repository, one of them configured in JSON and the other in its package.json.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenResult } from '../../src/actions/open.ts';
import type { ReleaseResult } from '../../src/actions/release.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { flaws } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { type Answer, serverOf, SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let repository: SmallApp;

function config(app: string, rule: string) {
  return { app, components: { [app]: { path: 'server', command: ['node', 'server.js'], routes: [rule] } } };
}

async function commitPayments(rule: string): Promise<void> {
  const manifest = { name: 'payments', type: 'commonjs', fox: config('pay', rule) };
  await repository.write('services/payments/package.json', JSON.stringify(manifest, undefined, 2));
  await repository.commit();
}

beforeAll(async () => {
  sandbox = await Sandbox.create();
  repository = await SmallApp.create(sandbox, 'apps');
  await repository.write('shop/server/server.js', serverOf('shop'));
  await repository.write('services/payments/server/server.js', serverOf('pay'));
  await repository.write('shop/fox.config.json', JSON.stringify(config('shop', 'PathPrefix(`/`)')));
  await commitPayments('PathPrefix(`/pay`)');
  await repository.json('deploy', 'v1', '--app', 'shop');
  await repository.json('deploy', 'v1', '--app', './services/payments');
});
afterAll(async () => sandbox.remove(repository.cwd));

async function ask(path: string): Promise<string> {
  const { router } = await repository.json<StatusResult>('status', '--app', 'shop');
  return ((await (await fetch(`${router.url}${path}`)).json()) as Answer).component;
}

/** Name of the app that is meant in a directory. */
async function shown(cwd: string, ...args: string[]): Promise<string> {
  const ended = await sandbox.fox(['status', '-o', 'json', ...args].join(' '), { cwd });
  return (JSON.parse(ended.stdout) as StatusResult).app;
}

describe('two apps in one repository', () => {
  it('are told apart by name, by directory, and by where one is', async () => {
    expect(await shown('apps', '--app', 'pay')).toBe('pay');
    expect(await shown('apps', '--app', 'services/payments')).toBe('pay');
    expect(await shown('apps/shop/server')).toBe('shop');
    expect(await shown('apps/shop/server', '--app', 'pay')).toBe('pay');
    expect(await shown('apps/shop/server', '--app', '../../services/payments/server')).toBe('pay');
    expect(
      flaws(
        await repository.fox('status'),
        2,
        'no fox.config.yaml',
        'Apps here: pay, shop. Name one with `--app`',
      ),
    ).toEqual([]);
    expect(flaws(await repository.fox('status', '--app', 'shopp'), 2, 'Apps here: pay, shop.')).toEqual([]);
  });

  it('are both meant by a version that both have', async () => {
    expect(await ask('/x?kf-dep=v1')).toBe('shop');
    expect(await ask('/pay?kf-dep=v1')).toBe('pay');
    expect(await ask('/pay?kf-dep=shop-v1')).toBe('shop');
    const { url } = await repository.json<OpenResult>('open', 'v1', '--app', 'pay');
    expect(new URL(url)).toMatchObject({ pathname: '/pay', search: '?kf-dep=pay-v1&kf-ve=default' });
  });

  it('are released side by side in one environment', async () => {
    for (const app of ['shop', 'pay'])
      await repository.json<ReleaseResult>('release', 'v1', '--app', app, '-e', 'both');
    expect(await ask('/?kf-ve=both')).toBe('shop');
    expect(await ask('/pay/1?kf-ve=both')).toBe('pay');
  });

  it('may not answer the same requests in one environment', async () => {
    await repository.json('release', 'v1', '--app', 'shop', '-e', 'tie');
    await commitPayments('PathPrefix(`/`)');
    await repository.json('deploy', 'v2', '--app', 'pay');
    const ended = await repository.fox('release', 'v2', '--app', 'pay', '-e', 'tie');
    expect(flaws(ended, 5, 'pay/pay', 'shop/shop', 'PathPrefix(`/`)')).toEqual([]);
    expect(await ask('/?kf-ve=tie')).toBe('shop');
    expect(await ask('/?kf-dep=pay-v2')).toBe('pay');
    await commitPayments('PathPrefix(`/pay`)');
  });

  it('keep their versions to themselves', async () => {
    await repository.json('deploy', 'only-pay', '--app', 'pay');
    expect(flaws(await repository.fox('open', 'only-pay', '--app', 'shop'), 2, 'of shop')).toEqual([]);
    await repository.json('delete', 'only-pay', '--app', 'pay');
    expect(await ask('/pay?kf-dep=v1')).toBe('pay');
  });
});
