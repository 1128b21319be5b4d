// `fox build`: makes the images of a version and puts them where a deploy finds them; nothing runs.
import { join } from 'node:path';
import type { BuildTool } from '../core/version/build-tool.ts';
import type { VersionManifest } from '../core/version/manifest.ts';
import type { ImageReference } from '../images/image-store.ts';
import { buildImages, type BuildPlace } from './images/build-images.ts';
import { withClusterSnapshot } from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { makeHome } from './place/home.ts';
import { layoutImages } from './session/place-images.ts';
import { readRevision, refuseUncommitted } from './place/revision.ts';
import type { RevisionOptions } from './place/version-name.ts';
import { withWorkspace, type Workspace } from './place/workspace.ts';

/** Options of build. */
export interface BuildVersionOptions extends CommonOptions, RevisionOptions {
  /** Program that builds Dockerfiles. */
  readonly builder?: BuildTool;
  /** Build what is there already, too, on what base images and tags mean now. */
  readonly refresh?: boolean;
}

/** One component's image. */
export interface ComponentImage {
  readonly name: string;
  /** Whole, 64 hex digits. */
  readonly sourceHash: string;
  /** `sha256:…`, or the whole reference of a prebuilt one. */
  readonly image: string;
  /** What pods run it by. */
  readonly reference: string;
  /** `reuse`: it was there already. */
  readonly action: 'build' | 'reuse';
}

/** What a build made. */
export interface BuildResult {
  readonly schema: 'fox/v1';
  readonly kind: 'build';
  readonly app: string;
  readonly version: string;
  readonly commit: string;
  readonly components: readonly ComponentImage[];
  /** Images that were built. */
  readonly builds: number;
}

/** Builds the images that a version lacks. Needs where images are kept, but no cluster that runs. */
export async function build(options: BuildVersionOptions, context: ActionContext): Promise<BuildResult> {
  return withWorkspace(context, options, async (workspace) => {
    const revision = await readRevision(workspace, options, context);
    await refuseUncommitted(revision);
    return withImages(workspace, context, async (session) => {
      const { manifest } = revision;
      const references = referencesOf(manifest);
      const found = options.refresh === true ? new Map() : await session.images.find(references);
      const missing = references.filter(({ sourceHash }) => !found.has(sourceHash));
      const names = missing.map(({ component }) => component);
      const built = await buildImages(names, manifest, { revision, workspace, session }, options, context);
      const components = references.map((reference): ComponentImage => {
        const { component, sourceHash } = reference;
        const image = built.get(sourceHash) ?? found.get(sourceHash) ?? '';
        const action = built.has(sourceHash) ? 'build' : 'reuse';
        const name = session.images.runName(reference, image);
        return { name: component, sourceHash, image, reference: name, action };
      });
      const { app, version, commit } = manifest;
      return { schema: 'fox/v1', kind: 'build', app, version, commit, components, builds: built.size };
    });
  });
}

function referencesOf({ app, components }: VersionManifest): ImageReference[] {
  return Object.entries(components).map(([component, { sourceHash, build: how = {} }]) => {
    return { app, component, sourceHash, ...('image' in how ? { prebuilt: true } : {}) };
  });
}

/** Gives `work` where the place keeps its images; the embedded cluster isn't started for that. */
async function withImages<T>(
  workspace: Workspace,
  context: ActionContext,
  work: (session: BuildPlace['session']) => Promise<T>,
): Promise<T> {
  if (workspace.target.kind === 'kubernetes') return withClusterSnapshot(workspace, context, work);
  await makeHome(workspace.home);
  const images = layoutImages(join(workspace.home, 'images'), { readOnly: false });
  return work({ cluster: { kind: 'embedded' }, images });
}
