// What fox does to pass the context on makes another process, and nothing else does; and where it can't work.
import { describe, expect, test } from 'vitest';
import type { Component } from '../../../../src/core/version/app.ts';
import { templateHash } from '../../../../src/core/version/identity.ts';
import type { PodTemplate } from '../../../../src/core/version/manifest.ts';
import { propagationDoubts, propagationOf } from '../../../../src/core/version/propagation.ts';

const template: PodTemplate = { command: ['node', 'a.js'], port: 8080, calls: [], env: {} };
const hashOf = (component: Pick<Component, 'propagation'>) =>
  templateHash('source', { ...template, ...propagationOf(component) });

describe('the template hash', () => {
  test('has it only where it is asked for', () => {
    expect(hashOf({})).toBe(templateHash('source', template));
    expect(hashOf({ propagation: 'node' })).not.toBe(hashOf({}));
  });

  test('has the format of what is loaded, not its text', () => {
    expect(hashOf({ propagation: 'node' })).toBe(
      templateHash('source', { ...template, propagation: { node: 1 } }),
    );
  });
});

const doubtsOf = (command: readonly string[], propagation?: 'node') =>
  propagationDoubts([{ name: 'web', command, ...(propagation ? { propagation } : {}) } as Component]);

describe('a program', () => {
  test.each([
    [['node', 'server.js']],
    [['/usr/local/bin/node', 'server.js']],
    [['npm', 'start']],
    [['sh', '-c', 'exec node server.js']],
    [['./server.mjs']],
    [[]],
  ])('that is Node, may start it, or is the image’s is not doubted: %j', (command) => {
    expect(doubtsOf(command, 'node')).toEqual([]);
  });

  test('of another kind is', () => {
    expect(doubtsOf(['python3', 'server.py'], 'node')).toEqual([
      'web has `propagation: node`, but its program is python3: only Node processes pass the context on by that',
    ]);
    expect(doubtsOf(['python3', 'server.py'])).toEqual([]);
  });
});
