// Services: one per component name, with every port that a live version gives it, and nobody else's touched.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VersionManifest } from '../../../../src/core/version/manifest.ts';
import { type ExistingService, planServices } from '../../../../src/core/plan/service-plan.ts';
import { manifestOf } from '../version/identity-fixture.ts';

/** A version whose components have these ports. */
function version(ports: Readonly<Record<string, number>>, app = 'shop'): VersionManifest {
  const { components, ...manifest } = manifestOf(
    'v1',
    Object.fromEntries(Object.keys(ports).map((name) => [name, {}])),
  );
  const withPorts = Object.entries(components).map(([name, component]) => [
    name,
    { ...component, template: { ...component.template, port: ports[name] ?? 0 } },
  ]);
  return { ...manifest, app, components: Object.fromEntries(withPorts) };
}

function existing(name: string, ports: number[], more: Partial<ExistingService> = {}): ExistingService {
  return { name, ports, isOurs: true, leadsToRouter: true, ...more };
}

describe('the plan of Services', () => {
  test('has 80 and each port of any live version, of whatever app', () => {
    const versions = [
      version({ web: 8080, api: 80 }),
      version({ web: 3000 }),
      version({ web: 3000 }, 'other'),
    ];
    expect(planServices(versions, []).apply).toEqual([
      { name: 'web', ports: [80, 3000, 8080] },
      { name: 'api', ports: [80] },
    ]);
  });

  test.each([
    ['a port is missing', existing('web', [80])],
    ['a port is too much', existing('web', [80, 8080, 9090])],
    ['it leads elsewhere', existing('web', [80, 8080], { leadsToRouter: false })],
  ])('mends one where %s', (_, service) => {
    expect(planServices([version({ web: 8080 })], [service])).toEqual({
      apply: [{ name: 'web', ports: [80, 8080] }],
      remove: [],
      foreign: [],
    });
  });

  test("never touches somebody else's, and names it where a component needs its name", () => {
    const services = [existing('web', [80], { isOurs: false }), existing('db', [5432], { isOurs: false })];
    expect(planServices([version({ web: 8080 })], services)).toEqual({
      apply: [],
      remove: [],
      foreign: ['web'],
    });
  });

  test('leaves nothing to do once it is carried out, whatever there was', () => {
    const anyName = fc.constantFrom('a', 'b', 'c');
    const anyPort = fc.constantFrom(80, 3000, 8080);
    const anyVersions = fc.array(fc.dictionary(anyName, anyPort).map((ports) => version(ports)));
    const anyServices = fc.uniqueArray(
      fc.record({
        name: anyName,
        isOurs: fc.boolean(),
        leadsToRouter: fc.boolean(),
        ports: fc.uniqueArray(anyPort),
      }),
      { selector: ({ name }) => name },
    );
    fc.assert(
      fc.property(anyVersions, anyServices, (versions, services) => {
        const plan = planServices(versions, services);
        const applied = new Set(plan.apply.map(({ name }) => name));
        const after = [
          ...services.filter(({ name }) => !applied.has(name) && !plan.remove.includes(name)),
          ...plan.apply.map(({ name, ports }) => existing(name, [...ports])),
        ];
        expect(planServices(versions, after)).toEqual({ apply: [], remove: [], foreign: plan.foreign });
        const others = services.filter(({ isOurs }) => !isOurs);
        expect(after).toEqual(expect.arrayContaining(others));
      }),
    );
  });
});
