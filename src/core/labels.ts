// The labels, annotations and object names by which fox finds its own things in a cluster.

/** Labels that fox writes. Values obey Kubernetes' 63 characters. */
export const label = {
  managedBy: 'app.kubernetes.io/managed-by',
  name: 'app.kubernetes.io/name',
  partOf: 'app.kubernetes.io/part-of',
  appComponent: 'app.kubernetes.io/component',
  app: 'kubefox.io/app',
  component: 'kubefox.io/component',
  /** First 40 hex digits of the workload hash. */
  hash: 'kubefox.io/hash',
  /** What a ConfigMap holds: `version`, `environment`, `releases`, `configuration`, `history` or `router-settings`; on a component's Service: `service`. */
  kind: 'kubefox.io/kind',
  version: 'kubefox.io/version',
  environment: 'kubefox.io/environment',
} as const;

/** Annotations that fox, or the cluster on its behalf, writes. */
export const annotation = {
  /** On a workload: the whole workload hash (64 hex digits). */
  hash: 'kubefox.io/hash',
  sourceHash: 'kubefox.io/source-hash',
  /** Commit that first built what runs. */
  commit: 'kubefox.io/commit',
  /** Git tree id of the component's directory at that commit. */
  tree: 'kubefox.io/tree',
  image: 'kubefox.io/image',
  /** The version whose deployment created the workload. */
  wantedBy: 'kubefox.io/wanted-by',
  /** On a workload: JSON of its settings that are in no hash, as they were last applied. */
  settings: 'kubefox.io/settings',
  /** On the Secret of a workload: JSON object, name → fingerprint (64 hex digits) of each value. */
  secrets: 'kubefox.io/secrets',
  /** On the Secret of a virtual environment: keys of values whose environment was deleted, comma-separated. */
  left: 'kubefox.io/left',
  /** On a pod template: the components it may call, comma-separated. */
  calls: 'kubefox.io/calls',
  /** On a pod of the embedded cluster: the port that its process was given as PORT. */
  port: 'kubefox.io/port',
  /** On a pod of the embedded cluster: JSON object, callee → loopback port by which this workload calls it. */
  callPorts: 'kubefox.io/call-ports',
  /** On a version: sha256 of its manifest (64 hex digits). */
  manifestDigest: 'kubefox.io/manifest-digest',
  /** On a version: virtual environments asked for by deploy and release, comma-separated. */
  runsIn: 'kubefox.io/runs-in',
  /** On a virtual environment: `true` on the one that plain traffic without any selector uses. */
  isDefault: 'kubefox.io/default',
  /** There, too: who has changed it last by fox. */
  changedBy: 'kubefox.io/changed-by',
  /** There, too: uid of the Secret that keeps values for it, so that nothing else of that name is deleted with it. */
  secret: 'kubefox.io/secret',
  /** On a router's Lease: the release epoch that it serves. */
  epoch: 'kubefox.io/epoch',
  /** On a router's Lease: the base URL of its edge port. On the routers' Service: that by which users reach them. */
  url: 'kubefox.io/url',
  /** On a router's Lease: when its watch of the cluster was last seen to have delivered all (RFC 3339). */
  currentAt: 'kubefox.io/current-at',
  /** There, too: JSON of its open streams, see core/routing/router-report.ts. */
  streams: 'kubefox.io/streams',
  /** There, too: JSON of how hops got their context. */
  hops: 'kubefox.io/hops',
  /** There, too: JSON of what it saw of requests that were sent to see who passes the context on. */
  probes: 'kubefox.io/probes',
  /** On a router's Lease, and on what `fox install` makes: the version of fox that it is of. */
  foxVersion: 'kubefox.io/fox-version',
  /** On the routers' Deployment: the base of their image, where one was asked for. */
  base: 'kubefox.io/base',
  /** There, too: the platforms of that image, comma-separated, where they were asked for. */
  platforms: 'kubefox.io/platforms',
} as const;

/** Value of {@link label.managedBy} on everything that fox makes. */
export const managedBy = 'fox';

/** Names of objects, one function or constant per kind of object. */
export const objectName = {
  /** Deployment of one workload, and Secret with the values that it uses. */
  workload: (app: string, component: string, hash: string) => `${app}-${component}-${hash.slice(0, 8)}`,
  version: (app: string, version: string) => `${app}-version-${version}`,
  environment: (environment: string) => `fox-env-${environment}`,
  history: (app: string, environment: string) => `${app}-history-${environment}`,
  /** What revision `revision` of a release in a stable environment holds on to. */
  configuration: (app: string, environment: string, revision: number) =>
    `${app}-config-${environment}-${revision}`,
  releases: 'fox-releases',
  /** Secret with the credentials by which pods pull images. */
  pullSecret: 'fox-pull',
  /** Secret with the key by which secrets of virtual environments are recognised, and that by which links are signed. */
  identity: 'fox-identity',
  /** Lease held by whatever changes the namespace. */
  writeLease: 'fox-write',
  /** ConfigMap with the routers' settings; Deployment, Service and all else of the routers in a Kubernetes cluster. */
  router: 'fox-router',
  /** Deployment, Lease and all else of the keeper. */
  keeper: 'fox-keeper',
  /** Lease of one router; `id` tells routers apart. A pod of the routers' Deployment has a name that begins so already. */
  routerLease: (id: string) => (id.startsWith('fox-router-') ? id : `fox-router-${id}`),
} as const;

/** Values of {@link label.kind}. */
export const kind = {
  version: 'version',
  environment: 'environment',
  releases: 'releases',
  history: 'history',
  configuration: 'configuration',
  router: 'router',
  keeper: 'keeper',
  routerSettings: 'router-settings',
  service: 'service',
} as const;

/** Hashes in labels, tags and JSON are the first 40 hex digits of a sha256. */
export function shortHash(hash: string): string {
  return hash.slice(0, 40);
}
