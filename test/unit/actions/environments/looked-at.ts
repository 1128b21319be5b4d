// A namespace with virtual environments in it, to look at.
import type { VariableDeclaration } from '../../../../src/core/version/app.ts';
import { manifestOf } from '../../core/version/identity-fixture.ts';
import { namespaceOf, recordOf, type Sketch } from '../namespace-fixture.ts';

/** The moment at which it is looked at, in ms since 1970. */
export const now = Date.parse('2026-01-01T00:00:00Z');

const text: VariableDeclaration = { type: 'string', required: false };

export const v1 = manifestOf('v1', {
  ui: { env: { THEME: { ...text, default: 'light' }, NOTE: { ...text, default: '' } }, secrets: ['KEY'] },
  greeter: { env: { GREETING: { ...text, required: true, bind: 'request' } } },
});
export const v2 = manifestOf('v2', {
  ui: {
    source: '2',
    env: { THEME: { ...text, default: 'dark' }, PAGE: { ...text, type: 'number' } },
    secrets: ['KEY'],
  },
});

/** Fingerprints of two values. */
export const fingerprints = { one: '1a2b3c4d'.repeat(8), other: '5e6f7a8b'.repeat(8) } as const;

export const looked: Sketch = {
  versions: [
    { manifest: v1, runsIn: ['dev', 'team-a'] },
    { manifest: v2, runsIn: ['dev'] },
  ],
  environments: [
    {
      name: 'team-a',
      parent: 'dev',
      vars: { GREETING: 'Hello', THEME: 'blue' },
      secrets: { KEY: { fingerprint: fingerprints.other, from: { name: 'db', key: 'password' } } },
      hosts: ['team-a.example.com'],
      subPath: 'team-a',
      ttl: '72h',
      expiresAt: '2026-01-03T12:00:00Z',
    },
    {
      name: 'dev',
      vars: { GREETING: 'Hi', THEME: 'red', OLD: 1 },
      secrets: { KEY: { fingerprint: fingerprints.one } },
      policy: 'stable',
    },
    { name: 'team-b', parent: 'team-a', access: 'internal' },
    { name: 'lost', parent: 'gone', vars: { THEME: 'grey' }, hosts: ['lost.example.com'] },
  ],
  releases: { dev: { shop: recordOf('v2'), pay: recordOf('v9') }, 'team-a': { shop: recordOf('v1') } },
};

export const state = namespaceOf(looked);
