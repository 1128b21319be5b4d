// What is installed of routers in a namespace: read, applied, and where it can be reached.
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject, V1ConfigMap, V1Deployment, V1Pod, V1Service } from '@kubernetes/client-node';
import { annotation, label, managedBy, objectName } from '../../core/labels.ts';
import { FoxError } from '../../core/errors.ts';
import type { RouterSettings } from '../../core/routing/router-settings.ts';
import type { ApiClient } from '../api/api-client.ts';
import { isStatus } from '../api/api-error.ts';
import type { Resource } from '../api/resources.ts';
import { applyObject } from '../api/apply.ts';
import { type ServiceType, serviceTypes } from './router-objects.ts';
import { settingsIn } from './settings-object.ts';

/** What was chosen when the routers were installed, and what has been changed of it since. */
export interface InstalledRouter {
  /** Version of fox that it is of; absent on what fox didn't make. */
  readonly foxVersion?: string;
  readonly replicas: number;
  /** How many of them are ready. */
  readonly ready: number;
  readonly serviceType?: ServiceType;
  readonly url?: string;
  readonly base?: string;
  readonly platforms?: readonly string[];
  /** What they go by; why that can't be read, as a sentence fragment; absent: nobody has said anything. */
  readonly settings?: RouterSettings | string;
}

/** What an apply did to one object. */
export interface AppliedObject {
  readonly kind: string;
  readonly name: string;
  readonly action: 'created' | 'changed' | 'unchanged';
}

/** What is installed, with three requests; undefined if nothing is. */
export async function installedRouter(client: ApiClient): Promise<InstalledRouter | undefined> {
  const [deployment, service, settings] = await Promise.all([
    client.get<V1Deployment>('deployments', objectName.router),
    client.get<V1Service>('services', objectName.router),
    client.get<V1ConfigMap>('configmaps', objectName.router),
  ]);
  if (deployment === undefined) return undefined;
  const notes = deployment.metadata?.annotations ?? {};
  const serviceType = serviceTypes.find((each) => each === service?.spec?.type);
  return {
    replicas: deployment.spec?.replicas ?? 1,
    ready: deployment.status?.availableReplicas ?? 0,
    ...(serviceType === undefined ? {} : { serviceType }),
    ...given('foxVersion', notes[annotation.foxVersion]),
    ...given('url', service?.metadata?.annotations?.[annotation.url]),
    ...given('base', notes[annotation.base]),
    ...given('platforms', notes[annotation.platforms]?.split(',')),
    ...given('settings', settings === undefined ? undefined : settingsIn(settings)),
  };
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [Key in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [Key in K]?: V };
}

/** Collections of the kinds that an installation has. */
const resources: Readonly<Record<string, Resource>> = {
  ConfigMap: 'configmaps',
  ServiceAccount: 'serviceaccounts',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  Service: 'services',
  Deployment: 'deployments',
  PodDisruptionBudget: 'poddisruptionbudgets',
  Ingress: 'ingresses',
  HTTPRoute: 'httproutes',
};

/**
 * Applies one object after the other; what is done stays done when one is refused.
 * @throws FoxError CONFLICT naming an object that isn't fox's, before anything is changed; or the fields that somebody
 * else manages, unless `force` takes them over.
 */
export async function applyInstallation(
  client: ApiClient,
  objects: readonly KubernetesObject[],
  options: { readonly force: boolean },
): Promise<AppliedObject[]> {
  const before = await Promise.all(
    objects.map((object) => client.get<KubernetesObject>(resourceOf(object), nameOf(object))),
  );
  for (const object of before) if (object !== undefined) requireOurs(object);
  const applied: AppliedObject[] = [];
  for (const [place, object] of objects.entries()) {
    const old = before[place];
    const now = await applyOne(client, object, options);
    const action = old === undefined ? 'created' : isSameWish(old, now) ? 'unchanged' : 'changed';
    applied.push({ kind: object.kind ?? '', name: nameOf(object), action });
  }
  return applied;
}

/** Whether two readings of an object want the same; controllers write its status and their notes in between. */
function isSameWish(one: KubernetesObject, other: KubernetesObject): boolean {
  return isDeepStrictEqual(wishOf(one), wishOf(other));
}

function wishOf(object: KubernetesObject) {
  const { metadata, ...rest } = object;
  const notes = { ...metadata?.annotations, 'deployment.kubernetes.io/revision': '' };
  return { ...rest, metadata: { labels: metadata?.labels, notes }, status: undefined };
}

async function applyOne(
  client: ApiClient,
  object: KubernetesObject,
  options: { readonly force: boolean },
): Promise<KubernetesObject> {
  try {
    return await applyObject(client, resourceOf(object), object, options);
  } catch (error) {
    // Of what comes with every Kubernetes nothing is missing.
    if (object.kind !== 'HTTPRoute' || !isStatus(error, 404)) throw error;
    throw new FoxError('CLUSTER_ERROR', `the cluster has no ${object.kind} (${object.apiVersion})`, {
      hints: ['Install the Gateway API, or use `--ingress` or `--service-type` instead.'],
      cause: error,
    });
  }
}

function requireOurs({ kind = '', metadata }: KubernetesObject): void {
  if (metadata?.labels?.[label.managedBy] === managedBy) return;
  throw new FoxError('CONFLICT', `${kind} ${metadata?.name ?? ''} exists, and fox has not made it`, {
    hints: ['Nothing was changed. Rename or remove it, or install fox in another namespace.'],
  });
}

function resourceOf({ kind = '' }: KubernetesObject): Resource {
  const resource = resources[kind];
  if (resource === undefined) throw new Error(`no collection of ${kind} is known`);
  return resource;
}

function nameOf({ metadata }: KubernetesObject): string {
  return metadata?.name ?? '';
}

/** How routers are reached from outside of the cluster. */
export interface RouterAddress {
  /** Base URL of the edge; absent where nothing leads there (yet). */
  readonly url?: string;
  /** What leads there; `proxy`: only `fox proxy`. */
  readonly via: 'chosen' | 'load-balancer' | 'node-port' | 'proxy';
}

/** Where the routers are reached; asks for a pod only where a port of its node leads there. */
export async function routerAddress(client: ApiClient): Promise<RouterAddress> {
  const service = await client.get<V1Service>('services', objectName.router);
  const chosen = service?.metadata?.annotations?.[annotation.url];
  if (chosen !== undefined) return { via: 'chosen', url: chosen };
  const port = service?.spec?.ports?.find(({ name }) => name === 'http');
  if (service?.spec?.type === 'LoadBalancer') {
    const [first] = service.status?.loadBalancer?.ingress ?? [];
    const host = first?.hostname ?? first?.ip;
    return { via: 'load-balancer', ...(host === undefined ? {} : { url: urlOf(host, port?.port) }) };
  }
  if (service?.spec?.type !== 'NodePort' || port?.nodePort === undefined) return { via: 'proxy' };
  const host = await nodeOfRouter(client);
  return { via: 'node-port', ...(host === undefined ? {} : { url: urlOf(host, port.nodePort) }) };
}

/** Address of a node that runs a router: nodes themselves can't be read with the rights of a namespace. */
async function nodeOfRouter(client: ApiClient): Promise<string | undefined> {
  const labelSelector = `${label.name}=${objectName.router},${label.managedBy}=${managedBy}`;
  const { items } = await client.list<V1Pod>('pods', { labelSelector });
  return items.map(({ status }) => status?.hostIP).find((each) => each !== undefined);
}

function urlOf(host: string, port: number | undefined): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return `http://${name}${port === undefined || port === 80 ? '' : `:${port}`}`;
}
