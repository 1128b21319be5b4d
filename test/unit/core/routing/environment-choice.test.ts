// Which environment a request belongs to: selector, host, sub-path, default, in this order, whatever the request looks like.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseEnvironment, hostName } from '../../../../src/core/routing/environment-choice.ts';
import { RoutedEnvironments } from '../../../../src/core/routing/table/routed-environments.ts';

test.each([
  ['Team-A.example.com', 'team-a.example.com'],
  ['team-a.example.com:8080', 'team-a.example.com'],
  ['team-a.example.com.:80', 'team-a.example.com'],
  ['team-a.example.com:', 'team-a.example.com'],
  ['[::1]:8080', '[::1]'],
  ['[::1]', '[::1]'],
  ['', ''],
])('the name in the Host header %j is %j', (header, name) => {
  expect(hostName(header)).toBe(name);
});

const owners = { host: 'by-host', path: 'by-path' };

function environments(): RoutedEnvironments {
  const routed = new RoutedEnvironments();
  routed.set({ name: 'dev', vars: {} }, true);
  routed.set({ name: owners.host, vars: {}, hosts: ['h.example'], subPath: 'own' }, false);
  routed.set({ name: owners.path, vars: {}, subPath: 'sub' }, false);
  return routed;
}

describe('the choice', () => {
  const routed = environments();

  test('is the first that the request names; only the sub-path of that one is removed', () => {
    fc.assert(
      fc.property(
        fc.record({
          selector: fc.constantFrom(undefined, 'dev', owners.host, owners.path, 'unknown'),
          host: fc.oneof(
            fc.constantFrom('h.example', 'H.EXAMPLE').map((host) => ({ host, owner: owners.host })),
            fc.constantFrom(
              { host: 'other.example:80', owner: undefined },
              { host: 'by-path.localhost:80', owner: owners.path },
              { host: 'unknown.localhost', owner: undefined },
              { host: undefined, owner: undefined },
            ),
          ),
          first: fc.constantFrom('own', 'sub', 'subs', '', 'x'),
          rest: fc.constantFrom('', '/', '/a/b', '/sub', '?q=1', '/a?q=/sub'),
          isLocal: fc.boolean(),
        }),
        ({ selector, host: { host, owner }, first, rest, isLocal }) => {
          const target = `/${first}${rest}`;
          const byHost = isLocal || host?.includes('localhost') !== true ? owner : undefined;
          const byPath = new Map([
            ['own', owners.host],
            ['sub', owners.path],
          ]).get(first);
          const expected = selector ?? byHost ?? byPath ?? 'dev';
          const by =
            selector === undefined
              ? byHost === undefined
                ? byPath === undefined
                  ? 'default'
                  : 'sub-path'
                : 'host'
              : 'selector';
          const choice = chooseEnvironment(
            routed,
            {
              selectors: selector === undefined ? {} : { environment: selector },
              target,
              ...(host === undefined ? {} : { host }),
            },
            isLocal,
          );
          expect(choice).toEqual(
            byPath === expected
              ? {
                  environment: expected,
                  by,
                  target: rest.startsWith('/') ? rest : `/${rest}`,
                  prefix: `/${first}`,
                }
              : { environment: expected, by, target },
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('is none where there is no default environment', () => {
    const arrival = { selectors: {}, target: '/x', host: 'localhost' };
    expect(chooseEnvironment(new RoutedEnvironments(), arrival, true)).toEqual({ target: '/x' });
  });
});
