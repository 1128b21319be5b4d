// A git repository as fox sees it: its root, its commits, and the identity of paths at a commit.
import { posix } from 'node:path';
import { FoxError } from '../core/errors.ts';
import { git, gitOutput, whatGitSaid } from './git.ts';
import { ObjectReader } from './object-reader.ts';
import { findEntry, type TreeEntry } from './tree-entry.ts';

/** A path at a commit: what it is, and an identity that changes with its content, names and modes. */
export interface PathIdentity {
  readonly type: 'directory' | 'file' | 'link' | 'submodule';
  /** Git object id; for a file or link with its mode before it (`100755:<id>`), as an id alone says nothing of that. */
  readonly id: string;
}

/** An open repository; `close` ends its git process. */
export class Repository {
  /** Absolute path of the work tree's root. */
  readonly root: string;
  /** Directory that fox was started in, relative to the root, with `/`. */
  readonly prefix: string;
  readonly #objects: ObjectReader;

  private constructor(root: string, prefix: string) {
    this.root = root;
    this.prefix = prefix;
    this.#objects = new ObjectReader(root);
  }

  /**
   * The repository that contains `directory`.
   * @throws FoxError GIT_NOT_READY outside of a work tree.
   */
  static async open(directory: string): Promise<Repository> {
    const { root, prefix } = await findRoot(directory);
    return new Repository(root, prefix);
  }

  /** Full id of the commit that `ref` names (`HEAD`, a tag, a branch, an abbreviated id). */
  async commit(ref: string): Promise<string> {
    // cat-file reads a line per name: a name with white space at its ends or inside can't be a ref.
    const object =
      /[\s\0]|^-/.test(ref) || ref === '' ? undefined : await this.#objects.info(`${ref}^{commit}`);
    if (object !== undefined) return object.id;
    // Only without a suffix does git say that it could be several.
    if (/^[0-9a-f]{4,}$/.test(ref)) await this.#objects.info(ref);
    if (ref === 'HEAD') {
      throw new FoxError('GIT_NOT_READY', 'this repository has no commit yet', {
        hints: ['fox deploys commits: `git add --all && git commit` makes the first one.'],
      });
    }
    throw new FoxError('REF_NOT_FOUND', `there is no commit "${ref}" in this clone`, {
      hints: [
        '`git fetch --tags` brings refs that are elsewhere; in a shallow clone, `git fetch --depth 1 origin <commit>`.',
      ],
    });
  }

  /** Content of a file at a commit or tree; undefined if it isn't there. */
  async file(treeish: string, path: string): Promise<string | undefined> {
    const object = await this.#objects.contents(`${treeish}:${path}`);
    return object?.type === 'blob' ? object.content.toString('utf8') : undefined;
  }

  /** Identity of each path at a commit or tree; undefined for those that aren't there. */
  async identify(treeish: string, paths: readonly string[]): Promise<Map<string, PathIdentity | undefined>> {
    const identities = await Promise.all(paths.map((path) => this.#identify(treeish, path)));
    return new Map(paths.map((path, index) => [path, identities[index]]));
  }

  async #identify(treeish: string, path: string): Promise<PathIdentity | undefined> {
    if (path === '') {
      const root = await this.#objects.info(`${treeish}^{tree}`);
      return root === undefined ? undefined : { type: 'directory', id: root.id };
    }
    const object = await this.#objects.info(`${treeish}:${path}`);
    if (object?.type === 'tree') return { type: 'directory', id: object.id };
    const entry = await this.#entry(treeish, path);
    if (entry?.mode === '160000') return { type: 'submodule', id: entry.id };
    if (object?.type !== 'blob' || entry === undefined) return undefined;
    return { type: entry.mode === '120000' ? 'link' : 'file', id: `${entry.mode}:${entry.id}` };
  }

  /** The entry of a path in its directory: only that tells a mode. */
  async #entry(treeish: string, path: string): Promise<TreeEntry | undefined> {
    const parent = posix.dirname(path);
    const tree = await this.#objects.contents(parent === '.' ? `${treeish}^{tree}` : `${treeish}:${parent}`);
    return tree?.type === 'tree'
      ? findEntry(tree.content, posix.basename(path), tree.id.length / 2)
      : undefined;
  }

  /** Tags and local branches at a commit, and the one of these branches that is checked out. */
  async namesAt(commit: string): Promise<{ tags: string[]; branches: string[]; head?: string }> {
    const format = '%(refname)%00%(HEAD)';
    const out = await gitOutput(this.root, [
      'for-each-ref',
      `--points-at=${commit}`,
      `--format=${format}`,
      'refs/tags',
      'refs/heads',
    ]);
    const tags: string[] = [];
    const branches: string[] = [];
    let head: string | undefined;
    for (const line of out.split('\n').filter((each) => each !== '')) {
      const [ref = '', mark] = line.split('\0');
      if (ref.startsWith('refs/tags/')) tags.push(ref.slice('refs/tags/'.length));
      else branches.push(ref.slice('refs/heads/'.length));
      if (mark === '*') head = ref.slice('refs/heads/'.length);
    }
    return { tags, branches, ...(head === undefined ? {} : { head }) };
  }

  /** Config files anywhere in the commit, for `--app` from a directory that isn't the app's. */
  async filesNamed(treeish: string, names: readonly string[]): Promise<string[]> {
    const out = await git(this.root, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', treeish]);
    return out.split('\0').filter((file) => names.includes(posix.basename(file)));
  }

  /** Ends the git process. */
  close(): void {
    this.#objects.close();
  }
}

/** Root of the work tree that contains `directory`, and the way back to it. */
async function findRoot(directory: string): Promise<{ root: string; prefix: string }> {
  const out = await gitOutput(directory, ['rev-parse', '--show-toplevel', '--show-prefix']).catch(
    (error: unknown) => {
      throw noWorkTree(directory, error);
    },
  );
  const [root = '', prefix = ''] = out.split('\n');
  return { root, prefix: prefix.replace(/\/$/, '') };
}

function noWorkTree(directory: string, error: unknown): unknown {
  const said = whatGitSaid(error);
  if (said === undefined) return error;
  if (said.includes('dubious ownership')) {
    return new FoxError('GIT_NOT_READY', 'git refuses to read this repository: it belongs to another user', {
      details: said.split('\n'),
      cause: error,
    });
  }
  return new FoxError('GIT_NOT_READY', `${directory} is not inside a git work tree`, {
    hints: [
      'Change to the directory of your app, or make it a repository: `git init`.',
      '`fox init` makes an app to start from.',
    ],
    cause: error,
  });
}
