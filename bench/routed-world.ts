// A namespace of pretended pods for benches, all of which are one server: any number of versions of one app.
import { settingsObject } from '../src/cluster/routers/settings-object.ts';
import { defaultRouterSettings } from '../src/core/routing/router-settings.ts';
import { workloadsOf } from '../src/core/version/workload.ts';
import { badRequests } from '../test/contract/bad-requests.ts';
import type { FakeObject } from '../test/contract/router-fake-kubernetes.ts';
import { World } from '../test/contract/router-world.ts';
import { manifestOf, type ComponentSketch } from '../test/unit/core/routing/routing-fixture.ts';

const environment = 'dev';

/** What a router is started with, and what ends that. */
export interface RoutedWorld {
  readonly kubeconfig: string;
  end(): Promise<void>;
}

/** Versions `v0` … of 50 components; each differs from the others in the first one, which answers, and shares the rest. */
export async function createRoutedWorld({
  versions,
  components = 50,
  port,
  accessLog,
}: {
  versions: number;
  components?: number;
  /** Of the server that all pods are. */
  port: number;
  accessLog: boolean;
}): Promise<RoutedWorld> {
  const world = await World.create();
  world.putEnvironment(environment, {}, true);
  const settings = settingsObject({ ...defaultRouterSettings, accessLog });
  world.api.put('configmaps', settings as unknown as FakeObject);
  const known = new Set<string>();
  for (let index = 0; index < versions; index++) {
    const manifest = manifestOf(`v${index}`, sketchOf(index, components));
    for (const [component, { hash }] of workloadsOf(manifest, { name: environment, vars: {} })) {
      if (known.has(hash)) continue;
      known.add(hash);
      const pod = { name: `pod-${known.size}`, port, callPorts: {} };
      world.putPod(pod, { app: manifest.app, component, hash });
    }
    world.putVersion(manifest, [environment]);
  }
  world.putReleases({ [`${environment}.shop`]: 'v0' });
  return { kubeconfig: await world.writeKubeconfig(), end: async () => world.end() };
}

function sketchOf(version: number, components: number): Record<string, ComponentSketch> {
  const names = Array.from({ length: components }, (_, index) => `c${index}`);
  return Object.fromEntries(
    names.map((name, index) => {
      const source = index === 0 ? `version ${version}` : 'shared';
      const rule = index === 0 ? 'PathPrefix(`/`)' : `PathPrefix(\`/api/${name}\`)`;
      return [name, { source, rules: [rule], forwards: true }];
    }),
  );
}

/** The corpus of bad requests, without those that take megabytes. */
export function badBytes(): string[] {
  return Object.values(badRequests)
    .flat()
    .map(({ bytes }) => bytes())
    .filter((bytes) => bytes.length < 200_000);
}
