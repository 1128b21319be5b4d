// Builds the images that are missing, several at a time, each from the commit's files.
import { tmpdir } from 'node:os';
import { type Build, contentPaths } from '../../core/version/app.ts';
import type { BuildTool } from '../../core/version/build-tool.ts';
import type { Emit } from '../../core/events.ts';
import type { VersionManifest } from '../../core/version/manifest.ts';
import { buildAll, type BuildEvent, type ImageJob } from '../../images/build-all.ts';
import type { Builder } from '../../images/builder.ts';
import type { ImageOrigin } from '../../images/image-origin.ts';
import { commitOrigin } from '../../source/commit-origin.ts';
import { exportTree } from '../../source/export-tree.ts';
import type { ClusterSession } from '../session/cluster-session.ts';
import type { ActionContext } from '../context.ts';
import { tellRetries } from '../session/place-images.ts';
import type { Revision } from '../place/revision.ts';
import type { Workspace } from '../place/workspace.ts';

/** How images are built. */
export interface BuildOptions {
  /** Program that builds Dockerfiles; absent: the config's, else the first that is ready. */
  readonly builder?: BuildTool;
  /** Build what is there already, too, on what base images and tags mean now. */
  readonly refresh?: boolean;
}

/** What is built from, and where its images go. */
export interface BuildPlace {
  readonly revision: Revision;
  readonly workspace: Pick<Workspace, 'repository' | 'settings'>;
  readonly session: Pick<ClusterSession, 'cluster' | 'images'>;
}

/**
 * Builds components by name and puts them into the image store.
 * @returns images by source hash, or throws BUILD_FAILED with the command's last lines.
 */
export async function buildImages(
  components: readonly string[],
  manifest: VersionManifest,
  place: BuildPlace,
  options: BuildOptions,
  context: ActionContext,
): Promise<Map<string, string>> {
  if (components.length === 0) return new Map();
  const { emit, signal } = context;
  const jobs = await imageJobs(components, manifest, place);
  return withBuilders(place, options, context, (builderOf) =>
    buildAll(jobs, {
      store: place.session.images,
      // Outside of the repository: build tools look for settings in the directories above them.
      scratch: tmpdir(),
      builderOf,
      refresh: options.refresh === true,
      signal,
      onEvent: (event) => showBuild(event, emit),
    }),
  );
}

async function imageJobs(
  components: readonly string[],
  manifest: VersionManifest,
  { revision, workspace }: BuildPlace,
): Promise<ImageJob[]> {
  const { app, treeish } = revision;
  const { root } = workspace.repository;
  const origin = await originOf(manifest, root);
  return components.flatMap((name) => {
    const component = app.components[name];
    const sourceHash = manifest.components[name]?.sourceHash;
    if (component === undefined || sourceHash === undefined) return [];
    const { build, path = '' } = component;
    const reference = { app: manifest.app, component: name, sourceHash };
    return {
      reference: 'image' in build ? { ...reference, prebuilt: true } : reference,
      build,
      platforms: app.platforms,
      origin,
      path,
      readTree: (into: string, ending: AbortSignal) =>
        exportTree(root, treeish, contentPaths(component), into, ending),
    };
  });
}

async function originOf(manifest: VersionManifest, root: string): Promise<ImageOrigin> {
  const { commit, dirty, version } = manifest;
  const { committedAt, repository } = await commitOrigin(root, commit);
  return {
    commit: dirty ? `${commit}-dirty` : commit,
    committedAt,
    ...(repository === undefined ? {} : { repository }),
    version,
  };
}

/** Gives `work` the builders of the cluster's kind; each kind is loaded only where it is needed. */
export async function withBuilders<T>(
  { workspace, session }: Omit<BuildPlace, 'revision'>,
  { builder, refresh = false }: BuildOptions,
  { env, signal, emit }: ActionContext,
  work: (builderOf: (build: Build) => Builder) => Promise<T>,
): Promise<T> {
  if (session.cluster.kind === 'embedded') {
    const { embeddedBuilders } = await import('../../images/embedded-builders.ts');
    return work(embeddedBuilders(env));
  }
  const { settings } = workspace;
  const [{ kubernetesBuilders }, { openRegistries }] = await Promise.all([
    import('../../images/kubernetes-builders.ts'),
    import('../../images/registries.ts'),
  ]);
  const { registries, close } = openRegistries({
    env,
    signal,
    insecureHost: settings.registry?.insecure === true ? settings.registry.prefix.split('/')[0] : undefined,
    onRetry: tellRetries(emit),
  });
  try {
    return await work(
      kubernetesBuilders({ env, registries, tool: builder ?? settings.builder, refresh, signal }),
    );
  } finally {
    await close();
  }
}

/** Tells of a build as it goes on. */
export function showBuild(event: BuildEvent, emit: Emit): void {
  const task = { type: 'task', id: `build ${event.component}` } as const;
  switch (event.type) {
    case 'started':
      return emit({ ...task, state: 'started', text: `Building ${event.component}` });
    case 'output':
      return emit({ type: 'output', source: event.component, line: event.line });
    case 'finished':
      return emit({ ...task, state: 'done', text: `${event.reused ? 'Found' : 'Built'} ${event.component}` });
    case 'failed':
      return emit({ ...task, state: 'failed', text: `Building ${event.component} failed` });
    case 'cancelled':
      return emit({ ...task, state: 'failed', text: `Building ${event.component} was cancelled` });
    default:
      return event satisfies never;
  }
}
