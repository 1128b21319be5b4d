// Builds the images that a plan lacks, several at a time, each from the commit's files.
import { tmpdir } from 'node:os';
import { contentPaths } from '../core/app.ts';
import type { Emit } from '../core/events.ts';
import type { VersionManifest } from '../core/manifest.ts';
import { buildAll, type BuildEvent } from '../images/build-all.ts';
import type { ImageStore } from '../images/image-store.ts';
import { treeBuilder } from '../images/tree-builder.ts';
import { exportTree } from '../source/export-tree.ts';
import type { ActionContext } from './context.ts';
import type { Revision } from './revision.ts';
import type { Workspace } from './workspace.ts';

/**
 * Builds components by name and puts them into the image store.
 * @returns the manifest with all images, or throws BUILD_FAILED with the command's last lines.
 */
export async function buildImages(
  components: readonly string[],
  revision: Revision,
  manifest: VersionManifest,
  { repository }: Workspace,
  images: ImageStore,
  { emit, signal, env }: ActionContext,
): Promise<Map<string, string>> {
  const requests = components.flatMap((name) => {
    const component = revision.app.components[name];
    const sourceHash = manifest.components[name]?.sourceHash;
    if (component === undefined || sourceHash === undefined) return [];
    const { build, path = '' } = component;
    const paths = contentPaths(component);
    return {
      reference: { app: manifest.app, component: name, sourceHash },
      path,
      ...('command' in build && build.command !== undefined ? { command: build.command } : {}),
      readTree: (into: string, ending: AbortSignal) =>
        exportTree(repository.root, revision.treeish, paths, into, ending),
    };
  });
  return buildAll(requests, {
    store: images,
    // Outside of the repository: build tools look for settings in the directories above them.
    scratch: tmpdir(),
    builder: treeBuilder(env),
    signal,
    onEvent: (event) => showBuild(event, emit),
  });
}

function showBuild(event: BuildEvent, emit: Emit): void {
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
