// Where a virtual environment answers without being named.
import { expect, test } from 'vitest';
import { ownAddress } from '../../../../src/actions/open/own-address.ts';
import { namespaceOf } from '../namespace-fixture.ts';

const state = namespaceOf({
  environments: [
    { name: 'dev' },
    { name: 'hosted', hosts: ['hosted.example.com', 'hosted.localhost'] },
    { name: 'far', hosts: ['far.example.com'], subPath: 'far' },
    { name: 'sub', subPath: 'team-s' },
  ],
});

const embedded = { url: 'http://127.0.0.1:8080', isEmbedded: true, isLocal: true };
const kubernetes = { url: 'https://shop.example.com', isEmbedded: false, isLocal: false };

test.each([
  ['dev', embedded, undefined],
  ['gone', embedded, undefined],
  ['hosted', embedded, 'http://hosted.localhost:8080'],
  ['far', embedded, 'http://127.0.0.1:8080/far'],
  ['sub', embedded, 'http://127.0.0.1:8080/team-s'],
  ['sub', kubernetes, 'https://shop.example.com/team-s'],
  ['hosted', kubernetes, undefined],
  ['hosted', { ...kubernetes, url: 'https://hosted.example.com:8443' }, 'https://hosted.example.com:8443'],
  // The embedded cluster by a URL that only the user knows: what else leads there isn't known.
  ['hosted', { ...kubernetes, isEmbedded: true }, undefined],
  // A host counts more than a sub-path.
  ['sub', { ...kubernetes, url: 'https://far.example.com' }, undefined],
  ['sub', { ...kubernetes, isEmbedded: true, url: 'http://dev.localhost' }, undefined],
])('%s is reached by %o at %s', (name, edge, address) => {
  expect(ownAddress(state, name, edge)).toBe(address);
});
