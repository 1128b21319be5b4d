// What `fox status` says where there is no version to show.
import { describe, expect, it } from 'vitest';
import type { StatusResult } from '../../../src/actions/status/status-result.ts';
import { makeStyle } from '../../../src/output/style.ts';
import { statusText } from '../../../src/output/text/status.ts';

const style = makeStyle(false);

const empty: StatusResult = {
  schema: 'fox/v1',
  kind: 'status',
  app: 'shop',
  cluster: { kind: 'embedded', namespace: 'default', state: 'running' },
  router: { ready: true, replicas: 1, otherVersions: [] },
  versions: [],
  workloads: [],
  releases: {},
};

describe('status without a version', () => {
  it('proposes the first deploy', () => {
    expect(statusText(empty, style)).toContain('Nothing is deployed yet: `fox deploy`.');
  });

  it('of one environment speaks of that only', () => {
    const text = statusText({ ...empty, virtualEnv: 'team-a' }, style);
    expect(text).toContain('No version runs in team-a: `fox deploy -e team-a`.');
    expect(text).not.toContain('Nothing is deployed');
  });

  it('leaves it to the releases to tell what is missing', () => {
    const release = { version: 'v1', revision: 1, state: 'active', strategy: 'instant', weight: 100 };
    const lost = { ...release, by: 'jane', at: '2026-01-02T03:04:05Z', missing: ['configuration'] as const };
    const text = statusText({ ...empty, virtualEnv: 'prod', releases: { prod: lost } }, style);
    expect(text).toContain('v1 (its configuration is missing)');
    expect(text).not.toContain('runs in');
  });
});

function environments(streams: number, webSockets: number) {
  return {
    dev: { ready: true, components: { ui: 'a'.repeat(40) }, streams, webSockets },
    test: { ready: true, components: { ui: 'a'.repeat(40) }, streams: 0, webSockets: 0 },
  };
}

describe('open streams', () => {
  const version = {
    app: 'shop',
    name: 'v1',
    commit: 'c'.repeat(40),
    mutable: false,
    dirty: false,
    modules: {},
  };
  const shown = (streams: number, webSockets: number) =>
    statusText(
      { ...empty, versions: [{ ...version, environments: environments(streams, webSockets) }] },
      style,
    );

  it('are told by version, with what they are', () => {
    expect(shown(3, 2)).toContain('streams: 3 (2 WebSockets, 1 of events)');
    expect(shown(1, 1)).toContain('streams: 1 (1 WebSocket)');
    expect(shown(2, 0)).toContain('streams: 2 (2 of events)');
    expect(shown(0, 0)).not.toContain('streams');
  });
});
