// Everything that runs the keeper in a namespace, as objects to be applied; it may do there what ending an environment takes, and no more.
import type {
  KubernetesObject,
  V1Container,
  V1Deployment,
  V1PodTemplateSpec,
  V1PolicyRule,
  V1Role,
  V1RoleBinding,
  V1ServiceAccount,
} from '@kubernetes/client-node';
import { annotation, kind, label, managedBy, objectName } from '../../core/labels.ts';
import { identityArguments, identityVariables, programPod, programSecurity } from '../routers/program-pod.ts';
import type { RouterInstallation } from '../routers/router-objects.ts';

/** What is to be installed: it has the routers' image, with another program of it. */
export type KeeperInstallation = Pick<RouterInstallation, 'namespace' | 'foxVersion' | 'image'>;

const healthPort = 8082;

/** It finishes what it is about, and gives its Lease back. */
const graceSeconds = 30;

const labels: Readonly<Record<string, string>> = {
  [label.name]: objectName.keeper,
  [label.managedBy]: managedBy,
  [label.appComponent]: 'keeper',
  [label.partOf]: 'fox',
  [label.kind]: kind.keeper,
};

/** What never changes about a keeper's pod, and tells it from all others. */
const selector = { [label.name]: objectName.keeper, [label.managedBy]: managedBy };

const settled = ['get', 'create', 'patch', 'delete'];

/** What ending a virtual environment takes. Values of Secrets can't be read: the environment's is only deleted, by the uid that is noted. */
const rules: readonly V1PolicyRule[] = [
  {
    apiGroups: [''],
    resources: ['configmaps'],
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  },
  { apiGroups: [''], resources: ['secrets'], verbs: ['delete'] },
  { apiGroups: [''], resources: ['services'], verbs: ['list'] },
  { apiGroups: [''], resources: ['events'], verbs: ['create'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'patch', 'delete'] },
  // What a workload has that others go on using may be less now.
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: settled },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: settled },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: ['get', 'list', 'watch', 'create', 'update'],
  },
];

/** All objects, in the order in which they are to be applied. */
export function keeperObjects(wanted: KeeperInstallation): KubernetesObject[] {
  return [serviceAccount(wanted), role(wanted), roleBinding(wanted), deployment(wanted)];
}

function metadata({ namespace, foxVersion }: KeeperInstallation, more: Record<string, string> = {}) {
  return {
    name: objectName.keeper,
    namespace,
    labels: { ...labels },
    annotations: { [annotation.foxVersion]: foxVersion, ...more },
  };
}

function serviceAccount(wanted: KeeperInstallation): V1ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata(wanted),
    automountServiceAccountToken: false,
  };
}

function role(wanted: KeeperInstallation): V1Role {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: metadata(wanted),
    rules: rules.map((rule) => ({ ...rule })),
  };
}

function roleBinding(wanted: KeeperInstallation): V1RoleBinding {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: metadata(wanted),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: objectName.keeper },
    subjects: [{ kind: 'ServiceAccount', name: objectName.keeper, namespace: wanted.namespace }],
  };
}

function deployment(wanted: KeeperInstallation): V1Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(wanted, { [annotation.image]: wanted.image.name }),
    spec: {
      replicas: 1,
      selector: { matchLabels: { ...selector } },
      template: podTemplate(wanted),
    },
  };
}

function podTemplate({ foxVersion, image }: KeeperInstallation): V1PodTemplateSpec {
  return {
    metadata: { labels: { ...labels }, annotations: { [annotation.foxVersion]: foxVersion } },
    spec: {
      ...programPod(image),
      serviceAccountName: objectName.keeper,
      terminationGracePeriodSeconds: graceSeconds,
      containers: [container(image)],
    },
  };
}

function container({ name, pullPolicy }: KeeperInstallation['image']): V1Container {
  return {
    name: 'keeper',
    image: name,
    ...(pullPolicy === undefined ? {} : { imagePullPolicy: pullPolicy }),
    // It needs little until an environment ends: then it reads all versions, twice. A thousand must fit.
    command: ['node', '--max-semi-space-size=1', '--max-old-space-size=400', '/app/keeper.js'],
    args: [...identityArguments, '--health', String(healthPort)],
    env: identityVariables(),
    ports: [{ name: 'health', containerPort: healthPort, protocol: 'TCP' }],
    readinessProbe: { httpGet: { path: '/readyz', port: 'health' }, periodSeconds: 5, timeoutSeconds: 2 },
    livenessProbe: {
      httpGet: { path: '/healthz', port: 'health' },
      initialDelaySeconds: 10,
      periodSeconds: 20,
      timeoutSeconds: 5,
    },
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '512Mi' } },
    securityContext: { ...programSecurity },
  };
}
