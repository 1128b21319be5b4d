// What the tests of images build from: trees in fresh directories that are gone after the test.
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { onTestFinished } from 'vitest';
import type { TreeBuild } from '../../../src/core/version/app.ts';
import type { BuildRequest } from '../../../src/images/builder.ts';
import type { ImageOrigin } from '../../../src/images/image-origin.ts';
import type { ImageReference } from '../../../src/images/image-store.ts';

/** A file's content, or a symlink's target, or an empty directory. */
export type Node =
  | { readonly content: string | Buffer; readonly executable?: boolean }
  | { readonly target: string }
  | 'directory';

/** Nodes by path. */
export type Tree = Readonly<Record<string, Node>>;

/** A fresh directory, removed after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes a tree into an existing directory. */
export async function writeTree(directory: string, tree: Tree): Promise<void> {
  for (const [path, node] of Object.entries(tree)) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    if (node === 'directory') await mkdir(file, { recursive: true });
    else if ('target' in node) await symlink(node.target, file);
    else {
      await writeFile(file, node.content);
      if (node.executable === true) await chmod(file, 0o755);
    }
  }
}

/** An entry of a layer as other tools see it. */
export interface LayerEntry {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly linkname: string | null;
  readonly content: string;
}

/** Entries of a layer, in their order. */
export async function readLayer(file: string): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [];
  const archive = extract();
  archive.end(await readFile(file));
  for await (const entry of archive) {
    const content = Buffer.concat(await Readable.from(entry).toArray()).toString();
    const { name, type, mode, uid, gid, mtime, linkname } = entry.header;
    entries.push({ name, type, mode, uid, gid, mtime: mtime.getTime() / 1000, linkname, content });
  }
  return entries;
}

/** A reference whose source hash is made of one hex digit. */
export function reference(component: string, digit = '0'): ImageReference {
  return { app: 'order-app', component, sourceHash: digit.repeat(64) };
}

/** Where the images of tests come from. */
export const origin: ImageOrigin = {
  commit: 'c'.repeat(40),
  committedAt: 1_700_000_000,
  repository: 'https://git.example.com/acme/shop.git',
  version: 'v1',
};

/** A request to build a tree whose component is at `path`. */
export function buildRequest(
  scratch: string,
  tree: Tree,
  request: Partial<BuildRequest<TreeBuild>> = {},
): BuildRequest<TreeBuild> {
  return {
    reference: reference('web'),
    build: {},
    platforms: ['linux/amd64'],
    origin,
    path: '',
    readTree: (into) => writeTree(into, tree),
    scratch,
    onOutput: () => undefined,
    signal: new AbortController().signal,
    ...request,
  };
}
