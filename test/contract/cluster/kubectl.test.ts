// What people do with kubectl, done with the real one, as it is: against any cluster.
import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Json, runningDeployment, runsPods, testNamespace } from './cluster-under-test.ts';

const run = promisify(execFile);

async function hasTool(...command: string[]): Promise<boolean> {
  const [program = '', ...args] = command;
  return run(program, args).then(
    () => true,
    () => false,
  );
}

/** The minor version of kubectl, 0 without one. */
async function kubectlMinor(): Promise<number> {
  const found = await run('kubectl', ['version', '--client', '--output=json']).catch(() => undefined);
  const text = found === undefined ? '0' : JSON.parse(found.stdout).clientVersion.minor;
  return Number.parseInt(text, 10);
}

const minor = await kubectlMinor();
const hasKubectl = minor > 0;
/** The first that takes over fields from its own earlier applies, and has the server check fields. */
const isRecent = minor >= 27;
if (!hasKubectl) process.stderr.write('skipped: the cluster with kubectl (there is no kubectl on PATH)\n');
else if (!isRecent)
  process.stderr.write(`skipped: some tests with kubectl (1.${minor} is older than 1.27)\n`);
const hasDiff = await hasTool('diff', '--version');

const scope = testNamespace();

describe.skipIf(!hasKubectl)('kubectl', () => {
  let directory = '';
  let environment: NodeJS.ProcessEnv = {};
  let name = '';
  /** A file with a ConfigMap of that name. */
  let file = '';

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
    const kubeconfig = join(directory, 'kubeconfig');
    await writeFile(kubeconfig, scope.cluster().kubeconfig, { mode: 0o600 });
    environment = { PATH: process.env['PATH'], HOME: directory, KUBECONFIG: kubeconfig };
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  beforeEach(() => {
    name = scope.newName();
    file = join(directory, `${name}.yaml`);
  });

  async function kubectl(...args: string[]): Promise<string> {
    const all = ['--namespace', scope.namespace, ...args];
    return (await run('kubectl', all, { env: environment })).stdout;
  }

  /** What a command that fails prints, and its exit code. */
  async function failure(...args: string[]): Promise<{ code: unknown; output: string }> {
    const error: ExecFileException & { stdout?: string; stderr?: string } = await kubectl(...args).then(
      (output) => new Error(`kubectl succeeded: ${output}`),
      (cause: ExecFileException) => cause,
    );
    return { code: error.code, output: `${error.stdout ?? ''}${error.stderr ?? error.message}` };
  }

  function configFile(data: Record<string, string>, more: object = {}): Promise<void> {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data, ...more };
    return writeFile(file, JSON.stringify(object));
  }

  async function read(kind: string, path: string): Promise<string> {
    return kubectl('get', kind, name, '-o', `jsonpath={${path}}`);
  }

  async function deploy(greeting: string, change: (sample: Json) => void = () => undefined): Promise<string> {
    const sample = runningDeployment(name, scope.cluster().image ?? '', 1, greeting);
    change(sample);
    await writeFile(file, JSON.stringify(sample));
    return kubectl('apply', '-f', file);
  }

  const rollout = (...args: string[]) => kubectl('rollout', ...args);

  test('apply makes, changes and prunes fields by what was applied last', async () => {
    await configFile({ a: '1', b: '2' });
    expect(await kubectl('apply', '-f', file)).toBe(`configmap/${name} created\n`);
    expect(await kubectl('apply', '-f', file)).toBe(`configmap/${name} unchanged\n`);
    await kubectl(
      'patch',
      'configmap',
      name,
      '--type=json',
      '-p',
      '[{"op":"add","path":"/data/c","value":"3"}]',
    );
    await configFile({ a: '9' });
    expect(await kubectl('apply', '-f', file)).toBe(`configmap/${name} configured\n`);
    expect(JSON.parse(await read('configmap', '.data'))).toEqual({ a: '9', c: '3' });
  });

  test('apply --server-side names who else manages a field', async () => {
    await configFile({ a: '1' });
    const sent = ['apply', '--server-side', '-f', file];
    expect(await kubectl(...sent, '--field-manager=one')).toBe(`configmap/${name} serverside-applied\n`);
    await configFile({ a: '2' });
    const refused = await failure(...sent, '--field-manager=two');
    expect(refused.output).toContain('Apply failed with 1 conflict: conflict with "one": .data.a');
    await kubectl(...sent, '--field-manager=two', '--force-conflicts');
    expect(await read('configmap', '.data.a')).toBe('2');
  });

  test.skipIf(!isRecent)('apply --server-side goes on where apply began', async () => {
    await configFile({ a: '1', b: '1' });
    await kubectl('apply', '-f', file);
    await configFile({ a: '2' });
    await kubectl('apply', '--server-side', '-f', file);
    expect(JSON.parse(await read('configmap', '.data'))).toEqual({ a: '2' });
  });

  test.skipIf(!isRecent)('apply refuses what a kind doesn’t have', async () => {
    await configFile({}, { dataa: { a: '1' } });
    expect((await failure('apply', '-f', file)).output).toMatch(/unknown field "dataa"/);
    expect(await kubectl('apply', '--validate=false', '-f', file)).toBe(`configmap/${name} created\n`);
  });

  test.skipIf(!hasDiff)('diff tells what apply would change, and changes nothing', async () => {
    await configFile({ a: '1' });
    await kubectl('apply', '-f', file);
    expect(await kubectl('diff', '-f', file)).toBe('');
    await configFile({ a: '2' });
    const { code, output } = await failure('diff', '-f', file);
    expect(code).toBe(1);
    expect(output).toMatch(/^-\s+a: "1"$/m);
    expect(output).toMatch(/^\+\s+a: "2"$/m);
    expect((await failure('diff', '--server-side', '-f', file)).output).toContain('"2"');
    expect(await read('configmap', '.data.a')).toBe('1');
  });

  test('edit, label, annotate, replace', async () => {
    await configFile({ a: 'before' });
    await kubectl('create', '-f', file);
    const edited = await run('kubectl', ['--namespace', scope.namespace, 'edit', 'configmap', name], {
      env: { ...environment, KUBE_EDITOR: 'sed -i s/before/after/' },
    });
    expect(edited.stdout).toBe(`configmap/${name} edited\n`);
    expect(await read('configmap', '.data.a')).toBe('after');
    await kubectl('label', 'configmap', name, 'x=y');
    await kubectl('annotate', 'configmap', name, 'z=w');
    expect(await read('configmap', '.metadata.labels.x')).toBe('y');
    await configFile({ b: '1' });
    expect(await kubectl('replace', '-f', file)).toBe(`configmap/${name} replaced\n`);
    expect(await read('configmap', '.data')).toBe('{"b":"1"}');
  });

  test.skipIf(!isRecent)('create of the kinds that apps need', async () => {
    const made = (...args: string[]) => kubectl('create', ...args);
    await made('secret', 'generic', name, '--from-literal=a=b');
    await made('secret', 'docker-registry', `${name}-r`, '--docker-username=u', '--docker-password=p');
    await made('serviceaccount', name);
    await made('role', name, '--verb=get', '--resource=pods');
    await made('rolebinding', name, `--role=${name}`, `--serviceaccount=${scope.namespace}:${name}`);
    await made('service', 'clusterip', name, '--tcp=80:8080');
    await made('ingress', name, `--rule=a.example.com/=${name}:80`);
    await made('poddisruptionbudget', name, '--selector=a=b', '--min-available=1');
    await made('deployment', name, '--image=example.com/app:1', '--replicas=0');
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
    const apiVersion = 'autoscaling/v2';
    const scaler = { apiVersion, kind: 'HorizontalPodAutoscaler', spec: { scaleTargetRef, maxReplicas: 3 } };
    await writeFile(file, JSON.stringify({ ...scaler, metadata: { name } }));
    await made('-f', file);
    const kinds = 'secret,sa,role,rolebinding,svc,ingress,pdb,deploy,hpa';
    const listed = (await kubectl('get', kinds, '-o', 'name')).trim().split('\n');
    expect(listed.filter((one) => one.endsWith(`/${name}`))).toHaveLength(9);
    for (const kind of ['service', 'ingress', 'poddisruptionbudget', 'horizontalpodautoscaler', 'role'])
      expect(await kubectl('describe', kind, name)).toMatch(new RegExp(`^Name: +${name}\n`));
  });

  test.skipIf(!isRecent)('explain, auth can-i, api-resources', async () => {
    expect(await kubectl('explain', 'deployment.spec.template.spec.containers.image')).toMatch(
      /FIELD: image <string>/,
    );
    expect(await kubectl('auth', 'can-i', 'create', 'deployments')).toBe('yes\n');
    const names = await kubectl('api-resources', '-o', 'name');
    for (const resource of ['replicasets.apps', 'ingresses.networking.k8s.io', 'leases.coordination.k8s.io'])
      expect(names).toContain(`${resource}\n`);
  });

  describe.skipIf(!runsPods)('with a workload', () => {
    test('apply, rollout status, wait, get, describe, logs', async () => {
      await deploy('hello');
      expect(await rollout('status', `deploy/${name}`, '--timeout=25s')).toContain(
        `deployment "${name}" successfully rolled out\n`,
      );
      expect(await kubectl('wait', '--for=condition=Available', `deploy/${name}`, '--timeout=10s')).toBe(
        `deployment.apps/${name} condition met\n`,
      );
      expect(await kubectl('get', 'deploy', name, '--no-headers')).toMatch(/ 1\/1 +1 +1 /);
      expect(await kubectl('get', 'rs', '-l', `app=${name}`, '--no-headers')).toMatch(/ 1 +1 +1 /);
      const described = await kubectl('describe', 'deploy', name);
      expect(described).toMatch(/NewReplicaSet: +\S+ \(1\/1 replicas created\)/);
      expect(described).toMatch(/Progressing +True +NewReplicaSetAvailable/);
      expect(await kubectl('describe', 'pod', '-l', `app=${name}`)).toMatch(
        new RegExp(`Controlled By: +ReplicaSet/${name}-`),
      );
      expect(await kubectl('logs', `deploy/${name}`)).toBe('hello is served\n');
      expect(await kubectl('logs', '-l', `app=${name}`, '--prefix')).toContain('hello is served');
    });

    test('set env and set image roll out, history and undo go back', async () => {
      await deploy('one');
      await rollout('status', `deploy/${name}`, '--timeout=25s');
      await kubectl('set', 'env', `deploy/${name}`, 'GREETING=two');
      await rollout('status', `deploy/${name}`, '--timeout=25s');
      expect(await rollout('history', `deploy/${name}`)).toMatch(/^1 +<none>\n2 +<none>$/m);
      await rollout('undo', `deploy/${name}`);
      await rollout('status', `deploy/${name}`, '--timeout=25s');
      expect(await read('deploy', '.spec.template.spec.containers[0].env[0].value')).toBe('one');
      await kubectl('set', 'image', `deploy/${name}`, 'main=example.com/other:2', '--dry-run=server');
      await kubectl('scale', `deploy/${name}`, '--replicas=0');
      await kubectl('set', 'image', `deploy/${name}`, 'main=example.com/other:2');
      expect(await read('deploy', '.spec.template.spec.containers[0].image')).toBe('example.com/other:2');
    });

    test('apply changes the strategy, and restart makes new pods', async () => {
      await deploy('one');
      await rollout('status', `deploy/${name}`, '--timeout=25s');
      await deploy('one', (sample) => {
        sample.spec.strategy = { type: 'Recreate' };
      });
      expect(await read('deploy', '.spec.strategy')).toBe('{"type":"Recreate"}');
      const podName = () =>
        kubectl('get', 'pods', '-l', `app=${name}`, '-o', 'jsonpath={.items[*].metadata.uid}');
      const before = await podName();
      await rollout('restart', `deploy/${name}`);
      await rollout('status', `deploy/${name}`, '--timeout=25s');
      expect(await podName()).not.toContain(before);
    });

    test.skipIf(!isRecent)('scale, and delete waits until it is gone', async () => {
      await deploy('one');
      await rollout('status', `deploy/${name}`, '--timeout=25s');
      await kubectl('scale', `deploy/${name}`, '--replicas=2');
      const ready = '--for=jsonpath={.status.readyReplicas}=2';
      await kubectl('wait', ready, `deploy/${name}`, '--timeout=25s');
      expect(await kubectl('delete', 'deploy', name, '--cascade=foreground', '--timeout=25s')).toMatch(
        new RegExp(`^deployment.apps "${name}" deleted`),
      );
      expect(await kubectl('get', 'pods,rs', '-l', `app=${name}`)).toBe('');
    });
  });
});
