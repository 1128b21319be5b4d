// Pod settings: what they come to in the app, and what wrong ones are told.
import { describe, expect, test } from 'vitest';
import { componentProblems, smallest, validate } from './sample.ts';

/** The component `web` with further lines. */
function webWith(lines: string) {
  return validate(`${smallest}${lines.replaceAll(/^/gm, '    ')}\n`).app.components['web'];
}

describe('what is not said', () => {
  test('leaves no trace, so that no hash depends on it', () => {
    const web = webWith('replicas: 2');
    expect(web).not.toHaveProperty('pod');
    expect(web).not.toHaveProperty('settings');
  });

  test.each(['health: {}', 'health: { path: /x }', 'env: { A: { default: x } }', 'resources: {}'])(
    '%s is no pod setting',
    (lines) => {
      expect(webWith(lines)).not.toHaveProperty('pod');
    },
  );
});

describe('what is said', () => {
  test('comes to seconds, texts and numbers', () => {
    const web = webWith(`
resources: { requests: { cpu: 1, memory: 128Mi }, limits: { memory: 1G } }
health: { path: /ok, period: 1m, startup: {}, liveness: { path: /live, timeout: 3s, failures: 5 } }
terminationGracePeriod: 1h
topologySpread: [zone, node, zone]
nodeSelector: { disk: ssd }
tolerations: [{ key: spot, operator: Exists }]
serviceAccount: web
securityContext: { runAsUser: 7 }
podTemplate: { spec: { priorityClassName: x } }
`);
    expect(web?.healthPath).toBe('/ok');
    expect(web?.pod).toEqual({
      resources: { requests: { cpu: '1', memory: '128Mi' }, limits: { memory: '1G' } },
      probes: {
        readiness: { period: 60 },
        startup: {},
        liveness: { path: '/live', timeout: 3, failures: 5 },
      },
      terminationGracePeriod: 3600,
      topologySpread: ['node', 'zone'],
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'spot', operator: 'Exists' }],
      serviceAccount: 'web',
      securityContext: { runAsUser: 7 },
      podTemplate: { spec: { priorityClassName: 'x' } },
    });
  });

  test('of how many pods there are is kept apart, and says how many there are at first', () => {
    const web = webWith(`
resources: { requests: { cpu: 100m } }
autoscale: { min: 2, max: 5 }
disruptionBudget: { maxUnavailable: 50% }
maxSurge: 1
maxUnavailable: 0
`);
    expect(web?.settings).toEqual({
      autoscale: { min: 2, max: 5, cpu: 80 },
      disruptionBudget: { maxUnavailable: '50%' },
      maxSurge: 1,
      maxUnavailable: 0,
    });
    expect(web?.replicas).toBe(2);
  });

  test('of values that stand in the cluster is no variable of a virtual environment', () => {
    const web = webWith('env: { KEY: { from: secret/db/password, description: x }, PLAIN: { default: a } }');
    expect(web?.env).toEqual({ PLAIN: { type: 'string', required: false, default: 'a' } });
    expect(web?.pod).toEqual({ references: { KEY: 'secret/db/password' } });
  });
});

describe('what is wrong with a setting', () => {
  test.each([
    [
      'resources: { requests: { cpu: lots } }',
      'resources.requests.cpu: must be an amount, such as 250m, 2 or 128Mi, not "lots"',
    ],
    [
      'resources: { requests: { cpu: -1 } }',
      'resources.requests.cpu: must be an amount, such as 250m, 2 or 128Mi, not "-1"',
    ],
    [
      'resources: { requests: { memory: 128m } }',
      'resources.requests.memory: is 128m, thousandths of a byte; did you mean 128Mi?',
    ],
    ['resources: { requests: { cpu: 0.0001 } }', 'resources.requests.cpu: must be at least 1m'],
    [
      'resources: { requests: { memory: 1Gi }, limits: { memory: 900Mi } }',
      'resources.requests.memory: must not be more than the limit, 900Mi',
    ],
    ['resources: { request: {} }', 'resources.request: unknown key; did you mean "requests"?'],
    [
      'health: { period: 500ms }',
      'health.period: must be a duration in whole seconds, minutes or hours, such as 30s, not "500ms"',
    ],
    [
      'health: { liveness: { path: live } }',
      'health.liveness.path: must be a path that starts with "/", without spaces, not "live"',
    ],
    [
      'health: { startup: { failures: 0 } }',
      'health.startup.failures: must be a whole number from 1 to 1000, not 0',
    ],
    [
      'terminationGracePeriod: 0s',
      'terminationGracePeriod: must be a duration in whole seconds, minutes or hours, such as 30s, not "0s"',
    ],
    ['terminationGracePeriod: 10', 'terminationGracePeriod: must have a unit: write 10s, not 10'],
    ['terminationGracePeriod: "10"', 'terminationGracePeriod: must have a unit: write 10s, not "10"'],
    ['topologySpread: [rack]', 'topologySpread.0: must be zone or node, not "rack"'],
    ['nodeSelector: { "a b": x }', 'nodeSelector.a b: is not a name that a label can have'],
    [
      'nodeSelector: { a: "x y" }',
      'nodeSelector.a: is not a value that a label can have: at most 63 letters, digits, "-", "_", "."',
    ],
    ['tolerations: [{ operator: Equal }]', 'tolerations.0: must have a key, or the operator Exists'],
    [
      'tolerations: [{ key: a, operator: Exists, value: b }]',
      'tolerations.0.value: has no meaning with the operator Exists',
    ],
    [
      'securityContext: { privileged: true }',
      'securityContext.privileged: unknown key; known are runAsNonRoot, runAsUser, runAsGroup, readOnlyRootFilesystem, allowPrivilegeEscalation, capabilities',
    ],
    [
      'securityContext: { runAsNonRoot: true, runAsUser: 0 }',
      'securityContext.runAsUser: is root, which runAsNonRoot excludes',
    ],
    [
      'serviceAccount: "My Account"',
      'serviceAccount: must be the name of a ServiceAccount, not "My Account"',
    ],
    [
      'env: { A: { from: secret/db } }',
      'env.A.from: must be secret/<name>/<key> or configMap/<name>/<key>, not "secret/db"',
    ],
    [
      'env: { A: { from: secret/db/x, default: y } }',
      'env.A: must not have default beside from: its value stands elsewhere',
    ],
    ['env: { PORT: { from: secret/db/x } }', 'env.PORT: is set by fox itself'],
    [
      'autoscale: { min: 3, max: 2 }\nresources: { requests: { cpu: 1 } }',
      'autoscale.max: must not be less than min, 3',
    ],
    [
      'autoscale: { min: 1, max: 2 }',
      'autoscale: needs resources.requests.cpu: load is counted as a share of it',
    ],
    [
      'autoscale: { min: 1, max: 2, cpu: 70 }\nresources: { limits: { cpu: 1 } }',
      'autoscale.cpu: must be a share, such as 70%, not 70',
    ],
    [
      'replicas: 9\nautoscale: { min: 1, max: 2 }\nresources: { limits: { cpu: 1 } }',
      'replicas: must be between min and max of autoscale, 1 and 2',
    ],
    ['disruptionBudget: {}', 'disruptionBudget: must have one of the keys minAvailable and maxUnavailable'],
    [
      'disruptionBudget: { minAvailable: 1, maxUnavailable: 1 }',
      'disruptionBudget: must have only one of the keys minAvailable and maxUnavailable',
    ],
    [
      'maxSurge: 0\nmaxUnavailable: 0%',
      'maxUnavailable: and maxSurge must not both be 0: no pod could ever be replaced',
    ],
    [
      'maxSurge: 101%',
      'maxSurge: must be a number of pods, such as 1, or a share of them, such as 25%, not "101%"',
    ],
  ])('%s', (lines, problem) => {
    expect(componentProblems(lines)).toEqual([`components.web.${problem}`]);
  });
});

/** Lines with a pod template of which only the spec matters. */
function inSpec(spec: string): string {
  return `calls: [api-server]\nenv: { COLOR: }\npodTemplate: { spec: ${spec} }`;
}

describe('a pod template', () => {
  test.each([
    [
      'podTemplate: { metadata: { labels: { kubefox.io/hash: x } } }',
      'metadata.labels.kubefox.io/hash: is set by fox itself',
    ],
    [
      'podTemplate: { metadata: { labels: { app.kubernetes.io/name: x } } }',
      'metadata.labels.app.kubernetes.io/name: is set by fox itself',
    ],
    [
      'podTemplate: { metadata: { annotations: { kubefox.io/calls: x } } }',
      'metadata.annotations.kubefox.io/calls: is set by fox itself',
    ],
    [
      'podTemplate: { metadata: { labels: { a: "x y" } } }',
      'metadata.labels.a: is not a value that a label can have: at most 63 letters, digits, "-", "_", "."',
    ],
    ['podTemplate: { selector: {} }', 'selector: unknown key; known are metadata, spec'],
    [inSpec('{ containers: }'), 'spec.containers: must be a list of containers'],
    [inSpec('{ containers: [{ image: x }] }'), 'spec.containers.0: must be a map with the key name'],
    [
      inSpec('{ containers: [{ name: web, image: x }] }'),
      "spec.containers.0.image: is set by fox itself: it is the component's own",
    ],
    [
      inSpec('{ containers: [{ name: web, command: [x] }] }'),
      "spec.containers.0.command: has a key of its own: the component's command",
    ],
    [
      inSpec('{ containers: [{ name: web, ports: [{ containerPort: 8080 }] }] }'),
      'spec.containers.0.ports.0: is set by fox itself',
    ],
    [
      inSpec('{ containers: [{ name: web, ports: [{ containerPort: 9, name: http }] }] }'),
      'spec.containers.0.ports.0: is set by fox itself',
    ],
    [inSpec('{ containers: [{ name: web, ports: }] }'), 'spec.containers.0.ports: is set by fox itself'],
    [
      inSpec('{ containers: [{ name: web, env: [{ name: PORT, value: "1" }] }] }'),
      'spec.containers.0.env.0: is set by fox itself',
    ],
    [
      inSpec('{ containers: [{ name: web, env: [{ name: API_SERVER_URL, value: x }] }] }'),
      'spec.containers.0.env.0: is set by fox itself',
    ],
    [
      inSpec('{ containers: [{ name: web, env: [{ name: COLOR, value: x }] }] }'),
      "spec.containers.0.env.0: is declared in the component's env",
    ],
    [
      inSpec('{ terminationGracePeriodSeconds: 3 }'),
      "spec.terminationGracePeriodSeconds: has a key of its own: the component's terminationGracePeriod",
    ],
    [inSpec('{ restartPolicy: Never }'), 'spec.restartPolicy: is always Always: a component is a server'],
    [
      inSpec('{ volumes: [{ $patch: delete, name: x }] }'),
      'spec.volumes.0.$patch: has no meaning here; null takes a key away',
    ],
    [inSpec('{ priority: .inf }'), 'spec.priority: must be a finite number'],
  ])('%s', (lines, problem) => {
    expect(componentProblems(lines)).toEqual([`components.web.podTemplate.${problem}`]);
  });

  test('may add what is not fox’s', () => {
    expect(
      componentProblems(`podTemplate:
  metadata: { labels: { team: shop, app.kubernetes.io/version: x }, annotations: { a: b } }
  spec:
    volumes: [{ name: tmp, emptyDir: {} }]
    containers:
      - { name: web, ports: [{ containerPort: 9090, name: metrics }], env: [{ name: OTHER, value: x }] }
      - { name: sidecar, image: x, command: [x], env: [{ name: PORT, value: "1" }] }`),
    ).toEqual([]);
  });
});
