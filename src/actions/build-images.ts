// Builds the images that a plan lacks, several at a time, each from the commit's files.
import { shortHash } from '../core/labels.ts';
import type { VersionManifest } from '../core/manifest.ts';
import { buildAll } from '../images/build-all.ts';
import type { ImageStore } from '../images/image-store.ts';
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
  { repository, home }: Workspace,
  images: ImageStore,
  { emit, signal }: ActionContext,
): Promise<Map<string, string>> {
  const requests = components.flatMap((name) => {
    const component = revision.app.components[name];
    const sourceHash = manifest.components[name]?.sourceHash;
    if (component === undefined || sourceHash === undefined) return [];
    const paths = [component.path, ...component.shared];
    return {
      reference: { app: manifest.app, component: name, sourceHash },
      path: component.path,
      ...(component.build.command === undefined ? {} : { command: component.build.command }),
      readTree: (into: string) => exportTree(repository.root, revision.treeish, paths, into),
    };
  });
  return buildAll(requests, {
    store: images,
    scratch: `${home}/cache/build`,
    signal,
    onEvent: (event) => {
      const task = { type: 'task', id: `build ${event.component}` } as const;
      if (event.type === 'output') emit({ type: 'output', source: event.component, line: event.line });
      else if (event.type === 'started')
        emit({ ...task, state: 'started', text: `Building ${event.component}` });
      else if (event.type === 'finished')
        emit({
          ...task,
          state: 'done',
          text: `Built ${event.component} ${shortHash(event.digest.slice('sha256:'.length)).slice(0, 12)}`,
        });
      else emit({ ...task, state: 'failed', text: `Building ${event.component} failed` });
    },
  });
}
