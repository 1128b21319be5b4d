// An app at a commit: its config there, the identity of its sources, and the manifest of the version to make of it.
import { FoxError } from '../../core/errors.ts';
import { type App, type Build, type Component, contentPaths, modulesOf } from '../../core/version/app.ts';
import { sourceHash, templateHash } from '../../core/version/identity.ts';
import { propagationDoubts, propagationOf } from '../../core/version/propagation.ts';
import { refuseUnrunnable } from '../../core/version/runnable.ts';
import {
  type ManifestComponent,
  manifestFormat,
  type PodTemplate,
  type VersionManifest,
} from '../../core/version/manifest.ts';
import { dirtyFiles, writeWorkTree } from '../../source/work-tree.ts';
import { chooseVersionName, type RevisionOptions, type VersionName } from './version-name.ts';
import { type AppAtTree, identifySources, readApp, type Sources } from './app-at-tree.ts';
import type { ActionContext } from '../context.ts';
import type { Workspace } from './workspace.ts';

/** The app as it is at a commit. */
export interface Revision {
  readonly app: App;
  readonly commit: string;
  /** What git is asked for content: the commit, or a tree of the work tree for a dirty build. */
  readonly treeish: string;
  readonly name: VersionName;
  /** The version's manifest; images are `''` as yet. */
  readonly manifest: VersionManifest;
  /** Uncommitted files of the app's; resolves beside other work. Empty where they don't matter. */
  readonly uncommitted: Promise<readonly string[]>;
}

/** Reads the app at the commit that the options mean. */
export async function readRevision(
  workspace: Workspace,
  options: RevisionOptions,
  context: ActionContext,
): Promise<Revision> {
  const { repository } = workspace;
  if (options.dirty === true && options.commit !== undefined) {
    throw new FoxError('USAGE', '--dirty takes the work tree, --commit a commit: they exclude each other');
  }
  const commit = await repository.commit(options.commit ?? 'HEAD');
  const naming = chooseVersionName(repository, commit, options, context.env);
  // Awaited later; a failure must not end the process before that.
  naming.catch(() => undefined);
  const treeish = options.dirty === true ? await workTree(workspace) : commit;
  const found = await readApp(
    workspace,
    treeish,
    options.dirty === true ? 'the work tree' : (options.commit ?? 'HEAD'),
  );
  const { app } = found;
  const sources = await identifySources(workspace, treeish, found);
  const name = await naming;
  const manifest: VersionManifest = {
    format: manifestFormat,
    app: app.name,
    version: name.name,
    commit,
    mutable: name.mutable,
    dirty: options.dirty === true,
    components: Object.fromEntries(
      Object.values(app.components).map((component) => [
        component.name,
        manifestComponent(app, component, sources),
      ]),
    ),
  };
  refuseUnrunnable(manifest, workspace.target.kind);
  for (const text of propagationDoubts(Object.values(app.components)))
    context.emit({ type: 'warning', text });
  const checked = options.dirty !== true && options.commit === undefined;
  const uncommitted = checked ? dirtyFiles(repository.root, appPaths(found)) : Promise.resolve([]);
  // Likewise.
  uncommitted.catch(() => undefined);
  return { app, commit, treeish, name, manifest, uncommitted };
}

/** A tree with the work tree's config, and with its content of all that this config names. */
async function workTree(workspace: Workspace): Promise<string> {
  const { root } = workspace.repository;
  const configOnly = await writeWorkTree(root, [workspace.location.file]);
  return writeWorkTree(root, appPaths(await readApp(workspace, configOnly, 'the work tree')));
}

/** @throws FoxError DIRTY_TREE naming the files. */
export async function refuseUncommitted(revision: Revision): Promise<void> {
  const files = await revision.uncommitted;
  if (files.length === 0) return;
  const shown = files.slice(0, 20);
  throw new FoxError(
    'DIRTY_TREE',
    `${files.length === 1 ? 'a file has' : `${files.length} files have`} uncommitted changes that would be left out`,
    {
      details: [
        ...shown,
        ...(files.length > shown.length ? [`… and ${files.length - shown.length} more`] : []),
      ],
      hints: [
        'Commit them, or add them to .gitignore.',
        '`--dirty` takes them along in a version that is marked and can be replaced.',
      ],
    },
  );
}

/** Everything whose content matters to the app: the config, and each component's paths. */
function appPaths({ app, source }: AppAtTree): string[] {
  const components = Object.values(app.components);
  return [...new Set([source.file, ...components.flatMap(contentPaths)])];
}

/** A build that runs on the embedded cluster alone. Manifests have always left it out. */
function isPlain(build: Build): boolean {
  return Object.keys(build).every((key) => key === 'command');
}

function manifestComponent(app: App, component: Component, sources: Sources): ManifestComponent {
  const idOf = (path: string) => sources.get(path)?.id ?? '';
  const { name, path, shared, build, command, port, calls, env, secrets, healthPath, pod } = component;
  const tree = path === undefined ? '' : idOf(path);
  const source = sourceHash({
    component: name,
    path: path ?? '',
    tree,
    shared: Object.fromEntries(shared.map((each) => [each, idOf(each)])),
    build,
    platforms: app.platforms,
  });
  const template: PodTemplate = {
    command,
    port,
    calls,
    env,
    ...(secrets === undefined ? {} : { secrets }),
    ...(healthPath === undefined ? {} : { healthPath }),
    ...propagationOf(component),
    ...pod,
  };
  return {
    sourceHash: source,
    templateHash: templateHash(source, template),
    image: '',
    tree,
    ...(isPlain(build) ? {} : { build }),
    template,
    routes: component.routes,
    forwardsContext: component.forwardsContext,
    ...(component.delivery === undefined ? {} : { delivery: component.delivery }),
    replicas: component.replicas,
    ...(component.settings === undefined ? {} : { settings: component.settings }),
    modules: modulesOf(app, name),
  };
}
