import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseKubernetes } from '../../../../src/cluster/connection/choose-cluster.ts';
import type { Connection } from '../../../../src/cluster/api/transport.ts';
import { KubeconfigHome, kubeconfig } from './kubeconfig-home.ts';
import { base64, makeAuthority } from './test-authority.ts';

let home: KubeconfigHome;
beforeEach(async () => {
  home = await KubeconfigHome.create();
});
afterEach(async () => home.remove());

async function connectionAs(user: object): Promise<Connection> {
  const path = await home.write('config', kubeconfig(undefined, user));
  return (await chooseKubernetes({ env: { KUBECONFIG: path } })).connection;
}

async function headersAs(user: object): Promise<object | undefined> {
  return (await (await connectionAs(user)).options()).headers;
}

function webToken(exp: number): string {
  return ['{}', JSON.stringify({ exp }), 'x']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
}

function provider(exp: number): object {
  const config = { 'id-token': webToken(exp), 'refresh-token': 'geheim' };
  return { 'auth-provider': { name: 'oidc', config } };
}

describe('who one is', () => {
  it('is said by a token', async () => {
    expect(await headersAs({ token: ' abc\n' })).toEqual({ authorization: 'Bearer abc' });
  });

  it('is said by a token file beside the kubeconfig, which counts more and is rotated', async () => {
    const path = await home.write('token', 'one\n');
    const connection = await connectionAs({ token: 'old', tokenFile: 'token' });
    expect(await connection.options()).toEqual({ headers: { authorization: 'Bearer one' } });
    await writeFile(path, 'two');
    expect(await connection.options()).toEqual({ headers: { authorization: 'Bearer two' } });
  });

  it('is said by user name and password', async () => {
    expect(await headersAs({ username: 'me', password: 'geheim' })).toEqual({
      authorization: `Basic ${base64('me:geheim')}`,
    });
  });

  it('is said by a certificate, in the kubeconfig rather than beside it', async () => {
    const authority = await makeAuthority();
    const [inside, beside] = [await authority.sign({ name: 'a' }), await authority.sign({ name: 'b' })];
    await home.write('cert.pem', beside.cert);
    await home.write('key.pem', beside.key);
    const files = { 'client-certificate': 'cert.pem', 'client-key': 'key.pem' };
    expect(await (await connectionAs(files)).options()).toMatchObject(beside);
    const data = {
      'client-certificate-data': base64(inside.cert),
      'client-key-data': base64(inside.key),
    };
    expect(await (await connectionAs({ ...files, ...data })).options()).toMatchObject(inside);
  });

  it('may be somebody else', async () => {
    const user = {
      token: 'abc',
      as: 'jane',
      'as-uid': '7',
      'as-groups': ['dev', 'ops'],
      'as-user-extra': { 'example.com/Team': ['a', 'b'] },
    };
    expect(await headersAs(user)).toEqual({
      authorization: 'Bearer abc',
      'impersonate-user': 'jane',
      'impersonate-uid': '7',
      'impersonate-group': ['dev', 'ops'],
      'impersonate-extra-example.com%2FTeam': ['a', 'b'],
    });
  });

  it('is said by an OpenID token as long as that is valid', async () => {
    const now = Date.now() / 1_000;
    expect(await headersAs(provider(now + 60))).toMatchObject({
      authorization: expect.stringMatching(/^Bearer e30\./),
    });
    await expect(headersAs(provider(now - 1))).rejects.toMatchObject({
      code: 'CLUSTER_UNAUTHORIZED',
      message: 'no credentials for context dev: the OpenID token has expired',
      hints: [expect.stringContaining('kubectl')],
    });
  });

  it.each([
    [{ tokenFile: 'missing' }, 'ENOENT'],
    [{ 'client-certificate-data': base64('x') }, 'a client certificate needs a key'],
    [{ 'client-certificate': 'missing', 'client-key': 'missing' }, 'ENOENT'],
    [
      { 'client-certificate-data': base64('x'), 'client-key-data': base64('x') },
      "the client certificate can't be used: it is not PEM",
    ],
    [{ token: 'ge heim' }, 'the token is no token'],
    [{ 'auth-provider': { name: 'gcp' } }, 'auth provider "gcp" is none that Kubernetes still has'],
  ])("can't be said by %j", async (user, why) => {
    const error: unknown = await headersAs(user).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'CLUSTER_UNAUTHORIZED',
      message: expect.stringContaining(`no credentials for context dev: `),
    });
    expect(String(error)).toContain(why);
    expect(String(error)).not.toContain('ge heim');
  });

  it('needs a key of the same certificate', async () => {
    const authority = await makeAuthority();
    const [one, other] = [await authority.sign({ name: 'a' }), await authority.sign({ name: 'b' })];
    const user = { 'client-certificate-data': base64(one.cert), 'client-key-data': base64(other.key) };
    await expect(headersAs(user)).rejects.toMatchObject({
      message: expect.stringContaining('its key is of another certificate'),
    });
  });
});

describe('what the cluster refused', () => {
  it('is not tried again where it would be the same', async () => {
    const connection = await connectionAs({ token: 'abc' });
    expect(connection.renew?.(await connection.options())).toBe(false);
  });

  it('is read anew from files', async () => {
    const authority = await makeAuthority();
    const [old, fresh] = [await authority.sign({ name: 'a' }), await authority.sign({ name: 'b' })];
    await home.write('cert.pem', old.cert);
    await home.write('key.pem', old.key);
    const connection = await connectionAs({ 'client-certificate': 'cert.pem', 'client-key': 'key.pem' });
    const refused = await connection.options();
    await home.write('cert.pem', fresh.cert);
    await home.write('key.pem', fresh.key);
    expect(await connection.options()).toMatchObject(old);
    expect(connection.renew?.(refused)).toBe(true);
    expect(await connection.options()).toMatchObject(fresh);
  });
});
