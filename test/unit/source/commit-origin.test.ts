// Where a commit comes from, as everybody may know it.
import { expect, test } from 'vitest';
import { commitOrigin, withoutCredentials } from '../../../src/source/commit-origin.ts';
import { commit, run, repositoryWith } from './fixture.ts';

test.each([
  ['https://git.example.com/acme/shop.git', 'https://git.example.com/acme/shop.git'],
  ['https://user:secret@git.example.com:8443/acme/shop?token=x#y', 'https://git.example.com:8443/acme/shop'],
  ['ssh://git@git.example.com/acme/shop', 'ssh://git.example.com/acme/shop'],
  ['git@git.example.com:acme/shop.git', 'ssh://git.example.com/acme/shop.git'],
  ['git.example.com:/srv/shop', 'ssh://git.example.com/srv/shop'],
  ['https://user:sec ret@[', undefined],
  ['oauth2:secret@git.example.com:acme/shop.git', undefined],
  ['ext::sh -c secret', undefined],
  ['file:///srv/shop', undefined],
  ['/srv/shop', undefined],
  ['../shop', undefined],
  ['', undefined],
])('%s', (url, shown) => {
  expect(withoutCredentials(url)).toBe(shown);
});

test('a commit has its time, and its repository if there is a remote', async () => {
  const directory = await repositoryWith({ a: '1' });
  const id = await commit(directory, { a: '2' });
  expect(await commitOrigin(directory, id)).toEqual({
    committedAt: Number(await run(directory, 'show', '-s', '--format=%ct', id)),
  });
  await run(directory, 'remote', 'add', 'origin', 'https://me:secret@git.example.com/acme/shop.git');
  expect(await commitOrigin(directory, id)).toMatchObject({
    repository: 'https://git.example.com/acme/shop.git',
  });
});
