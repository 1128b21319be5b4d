// Everything that runs routers in a namespace, as objects to be applied; nothing of it reaches beyond the namespace.
import type {
  KubernetesObject,
  V1ConfigMap,
  V1Deployment,
  V1Ingress,
  V1PodDisruptionBudget,
  V1PolicyRule,
  V1Role,
  V1RoleBinding,
  V1Service,
  V1ServiceAccount,
} from '@kubernetes/client-node';
import { annotation, kind, label, managedBy, objectName } from '../../core/labels.ts';
import type { RouterSettings } from '../../core/routing/router-settings.ts';
import type { ProgramImage } from './program-pod.ts';
import { routerPodTemplate } from './router-pod.ts';
import { settingsObject } from './settings-object.ts';

/** How the router's Service is reached: within the cluster only, by a port of each node, by a load balancer. */
export const serviceTypes = ['ClusterIP', 'NodePort', 'LoadBalancer'] as const;

/** One of {@link serviceTypes}. */
export type ServiceType = (typeof serviceTypes)[number];

/** What is to be installed. */
export interface RouterInstallation {
  readonly namespace: string;
  /** Version of fox that the routers are of. */
  readonly foxVersion: string;
  readonly image: ProgramImage;
  readonly replicas: number;
  readonly serviceType: ServiceType;
  readonly settings: RouterSettings;
  /** Base URL by which users reach the edge, where that isn't told by the Service itself. */
  readonly url?: string;
  /** Base image that was asked for, to be used again by the next upgrade. */
  readonly base?: string;
  /** Likewise what the image is for: `linux/arm64`. */
  readonly platforms?: readonly string[];
  readonly ingress?: IngressChoice;
  readonly gateway?: GatewayChoice;
}

/** An Ingress that leads a host to the edge. */
export interface IngressChoice {
  readonly host: string;
  /** Absent: the cluster's default class. */
  readonly className?: string;
}

/** An HTTPRoute of the Gateway API that leads to the edge. */
export interface GatewayChoice {
  /** Gateway in the namespace, or `<namespace>/<name>`. */
  readonly name: string;
  /** Absent: all hosts of the Gateway. */
  readonly hostname?: string;
}

/** A route of the Gateway API, as far as fox makes one. */
export interface HttpRoute extends KubernetesObject {
  readonly spec: {
    readonly parentRefs: readonly { readonly name: string; readonly namespace?: string }[];
    readonly hostnames?: readonly string[];
    readonly rules: readonly {
      readonly backendRefs: readonly { readonly name: string; readonly port: number }[];
    }[];
  };
}

/** Labels of everything that belongs to the routers. The component Services select pods by the first two. */
const labels: Readonly<Record<string, string>> = {
  [label.name]: objectName.router,
  [label.managedBy]: managedBy,
  [label.appComponent]: 'router',
  [label.partOf]: 'fox',
  [label.kind]: kind.router,
};

/** What never changes about a router's pod, and tells it from all others. */
const selector = { [label.name]: objectName.router, [label.managedBy]: managedBy };

/** What a router reads, and its own Lease. */
const rules: readonly V1PolicyRule[] = [
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'patch'] },
];

/** All objects, in the order in which they are to be applied. */
export function routerObjects(wanted: RouterInstallation): KubernetesObject[] {
  const { ingress, gateway } = wanted;
  return [
    serviceAccount(wanted),
    role(wanted),
    roleBinding(wanted),
    service(wanted),
    settings(wanted),
    deployment(wanted),
    disruptionBudget(wanted),
    ...(ingress === undefined ? [] : [ingressObject(wanted, ingress)]),
    ...(gateway === undefined ? [] : [routeObject(wanted, gateway)]),
  ];
}

function metadata({ namespace, foxVersion }: RouterInstallation, annotations: Record<string, string> = {}) {
  return {
    name: objectName.router,
    namespace,
    labels: { ...labels },
    annotations: { [annotation.foxVersion]: foxVersion, ...annotations },
  };
}

function serviceAccount(wanted: RouterInstallation): V1ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata(wanted),
    automountServiceAccountToken: false,
  };
}

function role(wanted: RouterInstallation): V1Role {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: metadata(wanted),
    rules: rules.map((rule) => ({ ...rule })),
  };
}

function roleBinding(wanted: RouterInstallation): V1RoleBinding {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: metadata(wanted),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: objectName.router },
    subjects: [{ kind: 'ServiceAccount', name: objectName.router, namespace: wanted.namespace }],
  };
}

/** The edge only: components reach the internal port by Services of their own. */
function service(wanted: RouterInstallation): V1Service {
  const { serviceType, url } = wanted;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(wanted, url === undefined ? {} : { [annotation.url]: url }),
    spec: {
      type: serviceType,
      selector: { ...selector },
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'edge' }],
    },
  };
}

function settings(wanted: RouterInstallation): V1ConfigMap {
  const object = settingsObject(wanted.settings);
  return { ...object, metadata: { ...metadata(wanted), labels: { ...labels, ...object.metadata?.labels } } };
}

function deployment(wanted: RouterInstallation): V1Deployment {
  const { replicas, image, base, platforms } = wanted;
  const notes = {
    [annotation.image]: image.name,
    ...(base === undefined ? {} : { [annotation.base]: base }),
    ...(platforms === undefined ? {} : { [annotation.platforms]: platforms.join(',') }),
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(wanted, notes),
    spec: {
      replicas,
      // A new router is ready before an old one is told to end.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: { ...selector } },
      template: routerPodTemplate({ labels, selector, foxVersion: wanted.foxVersion, image }),
    },
  };
}

function disruptionBudget(wanted: RouterInstallation): V1PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata(wanted),
    // Not `minAvailable`: with a single router no node could ever be drained.
    spec: { maxUnavailable: 1, selector: { matchLabels: { ...selector } } },
  };
}

function ingressObject(wanted: RouterInstallation, { host, className }: IngressChoice): V1Ingress {
  const backend = { service: { name: objectName.router, port: { name: 'http' } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadata(wanted),
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}

function routeObject(wanted: RouterInstallation, { name, hostname }: GatewayChoice): HttpRoute {
  const [gateway = '', namespace] = name.split('/').toReversed();
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: metadata(wanted),
    spec: {
      parentRefs: [{ name: gateway, ...(namespace === undefined ? {} : { namespace }) }],
      ...(hostname === undefined ? {} : { hostnames: [hostname] }),
      rules: [{ backendRefs: [{ name: objectName.router, port: 80 }] }],
    },
  };
}
