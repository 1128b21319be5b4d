import { expect, test } from 'vitest';
import { registryNames } from '../../../../src/images/registry/registry-names.ts';

const reference = { app: 'order-app', component: 'web', sourceHash: 'abcdef0123456789'.repeat(4) };
const digest = `sha256:${'0'.repeat(64)}`;

test.each([
  ['localhost:5000/order', 'localhost:5000', 'order/order-app/web'],
  ['localhost:5000', 'localhost:5000', 'order-app/web'],
  ['localhost:5000/', 'localhost:5000', 'order-app/web'],
  ['ghcr.io/acme/team', 'ghcr.io', 'acme/team/order-app/web'],
  ['docker.io/acme', 'docker.io', 'acme/order-app-web'],
  ['index.docker.io/acme/', 'docker.io', 'acme/order-app-web'],
])('below %s', (prefix, host, repository) => {
  const names = registryNames(prefix);
  expect(names.host).toBe(host);
  expect(names.repository(reference)).toBe(repository);
  expect(names.tag(reference)).toBe('abcdef0123456789abcdef0123456789abcdef01');
  expect(names.runName(reference, digest)).toBe(`${host}/${repository}@${digest}`);
  expect(names.runName(reference, `ghcr.io/acme/ui@${digest}`)).toBe(`ghcr.io/acme/ui@${digest}`);
});

test.each([
  ['acme', 'it must begin with a host, such as ghcr.io/acme, or docker.io/acme'],
  ['acme/team', 'it must begin with a host, such as ghcr.io/acme, or docker.io/acme'],
  ['docker.io', 'Docker Hub wants exactly a user or an organization'],
  ['docker.io/acme/team', 'Docker Hub wants exactly a user or an organization'],
  ['https://ghcr.io/acme', 'without a scheme'],
  ['ghcr.io/Acme', 'must be in lower case'],
  ['ghcr.io/acme:1', `can't be`],
  ['ghcr.io:x/acme', '"x" is not a port'],
])('%s is refused', (prefix, why) => {
  expect(() => registryNames(prefix)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(why) as string }),
  );
});
