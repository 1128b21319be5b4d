// The object of a virtual environment is deleted or garbled, and with it what it says of secrets: made again, it has their values.
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentChangeResult } from '../../src/actions/environments/change/change-result.ts';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import { openTransport } from '../../src/cluster/api/transport.ts';
import { readConnection } from '../../src/cluster/connection/embedded-kubeconfig.ts';
import { Sandbox } from './sandbox.ts';
import { serverOf, SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
let transport: ReturnType<typeof openTransport>;
let client: ApiClient;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  await app.write('web/server.js', serverOf('first'));
  await app.configure({ web: { secrets: ['API_KEY'] } });
  await app.commit();
  await writeFile(sandbox.path('key'), 'correct horse');
  await app.write('team.yaml', 'kind: VirtualEnvironment\nname: team\nvars: { THEME: dark }\n');
  await app.json('env', 'apply', '-f', 'team.yaml');
  await app.fox('env', 'set', '-e', 'team', '--secret', 'API_KEY', '--from-file', sandbox.path('key'));
  await app.json('deploy', 'v1', '-e', 'team');
  transport = openTransport(await readConnection(sandbox.path('shop/.fox/cluster/kubeconfig')));
  client = new ApiClient(transport.send, 'default');
});
afterAll(async () => {
  transport.close();
  await sandbox.remove(app.cwd);
});

const lost = {
  deleted: () => client.delete('configmaps', 'fox-env-team'),
  garbled: () => client.patch('configmaps', 'fox-env-team', { data: { environment: '{' } }),
};

it.each(['deleted', 'garbled'] as const)('%s: written anew from its file', async (how) => {
  await lost[how]();
  const { environments, workloads } = await app.json<EnvironmentChangeResult>(
    'env',
    'apply',
    '-f',
    'team.yaml',
  );
  expect(environments[0]?.changes.map(({ name }) => name)).toContain('secrets.API_KEY');
  expect(workloads).toEqual({ create: [], remove: [] });
});

/** Sets the secret of an environment, which is made if need be. */
async function setTo(value: string, environment = 'team') {
  await writeFile(sandbox.path('other'), value);
  const from = ['--secret', 'API_KEY', '--from-file', sandbox.path('other')];
  return app.fox('env', 'set', '-e', environment, '--create', ...from);
}

describe('the key is deleted', { sequential: true, shuffle: false }, () => {
  it('and one environment has secrets: these are entered anew, while versions run', async () => {
    await client.delete('secrets', 'fox-identity');
    const { stderr } = await app.fox(
      'env',
      'set',
      '-e',
      'team',
      '--secret',
      'X',
      '--from-file',
      sandbox.path('key'),
    );
    expect(stderr).toContain('`fox env set -e team --secret API_KEY`');
    expect(await setTo('battery')).toMatchObject({ code: 0 });
    await app.json('deploy', 'v1', '-e', 'team');
    expect((await app.fox('doctor')).stdout).toContain('all values can be had');
  });

  it('and several have some: what is proposed leads to a new one', async () => {
    await setTo('staple', 'second');
    await client.delete('secrets', 'fox-identity');
    const { stderr } = await setTo('horse');
    const proposed = [...stderr.matchAll(/`fox ([^`]+)`/g)].map(([, command = '']) => command);
    expect(proposed).toEqual([
      'delete <version> --app shop',
      'env unset -e second API_KEY',
      'env unset -e team API_KEY',
      'env set -e <name> --secret <NAME>',
      'deploy',
    ]);
    for (const command of proposed.slice(0, 3))
      await app.json(...command.replace('<version>', 'v1 --yes').split(' '));
    expect(await setTo('horse')).toMatchObject({ code: 0 });
    await app.json('deploy', 'v1', '-e', 'team');
  });
});

it.each([
  ['apply', '--name', 'team'],
  ['set', '-e', 'team', 'THEME=dark', '--create'],
])('deleted: made again by env %s', async (...args) => {
  await lost.deleted();
  const { stderr } = await app.fox('env', ...args);
  expect(stderr).toContain('what Secret fox-env-team still keeps is taken over: API_KEY');
  expect((await app.fox('deploy', 'v1', '-e', 'team')).code).toBe(0);
});
