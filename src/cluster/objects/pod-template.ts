// The pod template of a workload: what fox makes of a component's settings, and the component's own overlay on it.
import type {
  V1Container,
  V1EnvVar,
  V1PodSpec,
  V1PodTemplateSpec,
  V1Probe,
  V1TopologySpreadConstraint,
} from '@kubernetes/client-node';
import { urlVariable } from '../../core/version/app.ts';
import type { Json } from '../../core/version/canonical.ts';
import { annotation, objectName, shortHash } from '../../core/labels.ts';
import type { PodTemplate } from '../../core/version/manifest.ts';
import type { ProbeSettings, SpreadOver } from '../../core/version/pod-settings.ts';
import { strategicMerge } from '../../core/version/strategic-merge.ts';
import type { Workload } from '../../core/version/workload.ts';
import { nodeOptions } from './node-options.ts';
import { securityContext } from './security-context.ts';

/** How a cluster gets an image. */
export interface PodImage {
  /** What stands in the pod's spec. */
  readonly image: string;
  /** Where Kubernetes' own choice is wrong: images that are nowhere but in the node. */
  readonly pullPolicy?: 'Never' | 'Always' | 'IfNotPresent';
  /** Names of Secrets with the registry's credentials. */
  readonly pullSecrets?: readonly string[];
}

/** Seconds that a pod goes on serving after it was told to end, so that every router has stopped sending to it. */
const drainSeconds = 3;

/** Kubernetes' own time between SIGTERM and SIGKILL, in seconds. */
const defaultGrace = 30;

/** The pod template of a workload. `selector` are the labels that its Deployment selects, `labels` all of them. */
export function podTemplate(
  workload: Workload,
  labels: Readonly<Record<string, string>>,
  selector: Readonly<Record<string, string>>,
  image: PodImage,
): V1PodTemplateSpec {
  const { template } = workload.definition;
  const made: V1PodTemplateSpec = {
    metadata: {
      labels: { ...labels },
      annotations: { [annotation.calls]: template.calls.join(',') },
    },
    spec: podSpec(workload, selector, image),
  };
  if (template.podTemplate === undefined) return made;
  return strategicMerge(asJson(made), asJson(template.podTemplate)) as V1PodTemplateSpec;
}

function podSpec(workload: Workload, selector: Readonly<Record<string, string>>, image: PodImage): V1PodSpec {
  const { template } = workload.definition;
  const { serviceAccount, nodeSelector, tolerations, topologySpread, terminationGracePeriod } = template;
  return {
    enableServiceLinks: false,
    // A component has no business with the cluster's API unless it says whom it acts for.
    ...(serviceAccount === undefined
      ? { automountServiceAccountToken: false }
      : { serviceAccountName: serviceAccount }),
    ...(image.pullSecrets === undefined || image.pullSecrets.length === 0
      ? {}
      : { imagePullSecrets: image.pullSecrets.map((name) => ({ name })) }),
    ...(terminationGracePeriod === undefined
      ? {}
      : { terminationGracePeriodSeconds: terminationGracePeriod }),
    ...(nodeSelector === undefined ? {} : { nodeSelector: { ...nodeSelector } }),
    ...(tolerations === undefined ? {} : { tolerations: tolerations.map((each) => ({ ...each })) }),
    ...(topologySpread === undefined
      ? {}
      : { topologySpreadConstraints: topologySpread.map((over) => spread(over, selector)) }),
    containers: [container(workload, image)],
  };
}

const topologyKeys: Readonly<Record<SpreadOver, string>> = {
  zone: 'topology.kubernetes.io/zone',
  node: 'kubernetes.io/hostname',
};

function spread(over: SpreadOver, selector: Readonly<Record<string, string>>): V1TopologySpreadConstraint {
  return {
    topologyKey: topologyKeys[over],
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { ...selector } },
  };
}

function container(workload: Workload, { image, pullPolicy }: PodImage): V1Container {
  const { component, definition } = workload;
  const { template } = definition;
  const { command, resources, probes = {}, healthPath, port } = template;
  const { startup, liveness, readiness = {} } = probes;
  const ready = healthPath === undefined ? readiness : { path: healthPath, ...readiness };
  return {
    name: component,
    image,
    ...(pullPolicy === undefined ? {} : { imagePullPolicy: pullPolicy }),
    // Without one, the image says what runs.
    ...(command.length === 0 ? {} : { command: [...command] }),
    ports: [{ name: 'http', containerPort: port }],
    env: environment(workload),
    ...(resources === undefined ? {} : { resources: structuredClone(resources) }),
    securityContext: securityContext(template.securityContext),
    ...(startup === undefined
      ? {}
      : { startupProbe: probe(startup, healthPath, { period: 2, timeout: 2, failures: 30 }) }),
    readinessProbe: probe(ready, undefined, { period: 2, timeout: 2 }),
    ...(liveness === undefined
      ? {}
      : { livenessProbe: probe(liveness, healthPath, { period: 10, timeout: 5 }) }),
    ...drain(template),
  };
}

function probe(settings: ProbeSettings, defaultPath: string | undefined, defaults: ProbeSettings): V1Probe {
  const { path = defaultPath, period, timeout, failures } = { ...defaults, ...settings };
  return {
    ...(path === undefined ? { tcpSocket: { port: 'http' } } : { httpGet: { path, port: 'http' } }),
    ...(period === undefined ? {} : { periodSeconds: period }),
    ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
    ...(failures === undefined ? {} : { failureThreshold: failures }),
  };
}

/** Kubernetes counts the pause as part of the time that a pod has to end. */
function drain({ terminationGracePeriod = defaultGrace }: PodTemplate): Pick<V1Container, 'lifecycle'> {
  const seconds = Math.min(drainSeconds, terminationGracePeriod - 1);
  return seconds < 1 ? {} : { lifecycle: { preStop: { sleep: { seconds } } } };
}

function environment({ app, component, hash, definition, env, secrets }: Workload): V1EnvVar[] {
  const { template } = definition;
  const variables: Record<string, string> = {
    ...env,
    ...Object.fromEntries(template.calls.map((callee) => [urlVariable(callee), `http://${callee}`])),
    PORT: String(template.port),
    FOX_APP: app,
    FOX_COMPONENT: component,
    FOX_HASH: shortHash(hash),
    ...(template.calls.length === 0 ? {} : { FOX_CALLS: template.calls.join(',') }),
  };
  const declared: V1EnvVar[] = [
    ...Object.entries(variables).map(([name, value]) => ({ name, value })),
    ...Object.keys(secrets).map((key) => ({
      name: key,
      valueFrom: { secretKeyRef: { name: objectName.workload(app, component, hash), key } },
    })),
    ...Object.entries(template.references ?? {}).map(([name, reference]) => ({
      name,
      valueFrom: valueFrom(reference),
    })),
  ];
  return template.propagation === undefined ? declared : nodeOptions(declared, template.propagation);
}

/** `secret/<name>/<key>` or `configMap/<name>/<key>`, as the config has checked it. */
function valueFrom(reference: string): NonNullable<V1EnvVar['valueFrom']> {
  const [kind = '', name = '', key = ''] = reference.split('/');
  return kind === 'secret' ? { secretKeyRef: { name, key } } : { configMapKeyRef: { name, key } };
}

/** What is sent as JSON is JSON. */
function asJson(value: object): Json {
  return value as Json;
}
