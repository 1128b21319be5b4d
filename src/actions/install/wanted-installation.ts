// What `fox install` is to make: what is asked for, and for the rest what is there already.
import type { InstalledRouter } from '../../cluster/routers/router-installation.ts';
import type { RouterInstallation, ServiceType } from '../../cluster/routers/router-objects.ts';
import { FoxError } from '../../core/errors.ts';
import {
  defaultRouterSettings,
  doubtsAbout,
  type RouterSettings,
} from '../../core/routing/router-settings.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { routerImage } from '../images/router-image.ts';
import type { Workspace } from '../place/workspace.ts';
import type { ClusterSession } from '../session/cluster-session.ts';

/** Replaced by the version in package.json when fox is built. */
declare const FOX_VERSION: string;

/** What isn't said stays as it was when the routers were installed. */
export interface InstallOptions extends CommonOptions {
  /** At least 1. Default: 2. */
  readonly replicas?: number;
  /** Default: ClusterIP. */
  readonly serviceType?: ServiceType;
  /** Host of an Ingress. */
  readonly ingress?: string;
  readonly ingressClass?: string;
  /** Gateway, or `<namespace>/<gateway>`, of an HTTPRoute. */
  readonly gateway?: string;
  readonly hostname?: string;
  /** Base URL by which users reach the routers. */
  readonly externalUrl?: string;
  /** Base image of the routers' image. */
  readonly base?: string;
  /** Comma-separated. */
  readonly platforms?: string;
  /** Image of the routers, instead of one that is built. */
  readonly routerImage?: string;
  /** Take over fields that others manage. */
  readonly forceConflicts?: boolean;
  readonly dryRun?: boolean;
}

/** A session with a Kubernetes cluster. */
export type KubernetesSession = ClusterSession & {
  readonly cluster: Extract<ClusterSession['cluster'], { kind: 'kubernetes' }>;
};

/** What says more of something that isn't asked for would be left out without a word. @throws FoxError USAGE */
export function refuseLoose({ ingress, ingressClass, gateway, hostname }: InstallOptions): void {
  if (ingressClass !== undefined && ingress === undefined) throw loose('--ingress-class', '--ingress');
  if (hostname !== undefined && gateway === undefined) throw loose('--hostname', '--gateway');
}

function loose(option: string, needed: string): FoxError {
  return new FoxError('USAGE', `${option} means nothing without ${needed}`, {
    hints: [`Give ${needed}, too, or leave ${option} out.`],
  });
}

/** The routers that are wanted; builds their image unless it is there. */
export async function wantedInstallation(
  options: InstallOptions,
  existing: InstalledRouter | undefined,
  workspace: Workspace,
  session: KubernetesSession,
  context: ActionContext,
): Promise<RouterInstallation> {
  const { ingress: host, ingressClass: className, gateway, hostname } = options;
  const url = options.externalUrl ?? urlOfHost(host ?? hostname) ?? existing?.url;
  const base = options.base ?? existing?.base;
  const platforms = platformsOf(options.platforms) ?? existing?.platforms;
  const kept = { ...(base === undefined ? {} : { base }), ...(platforms === undefined ? {} : { platforms }) };
  return {
    namespace: session.namespace.client.namespace,
    foxVersion: FOX_VERSION,
    image: await imageOf(options, kept, workspace, session, context),
    replicas: options.replicas ?? Math.max(existing?.replicas ?? 2, 1),
    serviceType: options.serviceType ?? existing?.serviceType ?? 'ClusterIP',
    settings: settingsFor(workspace, existing, context),
    ...(url === undefined ? {} : { url }),
    ...kept,
    ...(host === undefined ? {} : { ingress: { host, ...(className === undefined ? {} : { className }) } }),
    ...(gateway === undefined
      ? {}
      : { gateway: { name: gateway, ...(hostname === undefined ? {} : { hostname }) } }),
  };
}

/** Those of the config; where it says nothing of them, what is in force stays. */
function settingsFor(
  { settings: { router } }: Workspace,
  existing: InstalledRouter | undefined,
  { emit }: Pick<ActionContext, 'emit'>,
): RouterSettings {
  const stored = existing?.settings ?? defaultRouterSettings;
  if (router === undefined && typeof stored === 'string')
    emit({
      type: 'warning',
      text: `the routers' settings are made anew: of ConfigMap fox-router, ${stored}`,
    });
  const wanted = router ?? (typeof stored === 'string' ? defaultRouterSettings : stored);
  for (const text of doubtsAbout(wanted)) emit({ type: 'warning', text });
  return wanted;
}

async function imageOf(
  { routerImage: given, dryRun = false }: InstallOptions,
  kept: Pick<RouterInstallation, 'base' | 'platforms'>,
  workspace: Workspace,
  session: KubernetesSession,
  context: ActionContext,
): Promise<RouterInstallation['image']> {
  const { images, pullSecret } = session;
  const pullSecrets = pullSecret === undefined ? [] : [pullSecret.name];
  if (given !== undefined) return { name: given, pullSecrets };
  const { name, isKept } = await routerImage(
    { workspace, session },
    FOX_VERSION,
    { ...kept, dryRun },
    context,
  );
  if (!isKept) {
    const text = `${name} isn't in the registry yet: \`fox install\` without --dry-run puts it there`;
    context.emit({ type: 'warning', text });
  }
  const { pullPolicy } = images;
  return { name, pullSecrets, ...(pullPolicy === undefined ? {} : { pullPolicy }) };
}

function urlOfHost(host: string | undefined): string | undefined {
  return host === undefined || host.startsWith('*') ? undefined : `http://${host}`;
}

function platformsOf(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .toSorted();
}
