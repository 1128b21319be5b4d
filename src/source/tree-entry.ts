// Reads git's tree objects: only they tell the mode of a file.

/** One entry of a directory at a commit. */
export interface TreeEntry {
  /** `100644`, `100755`, `120000` (link), `40000` (directory) or `160000` (submodule). */
  readonly mode: string;
  readonly id: string;
}

/**
 * The entry `name` of a tree object, whose format is `<mode> <name>\0<binary id>` again and again.
 * `idLength` is that of the repository's ids, in bytes.
 */
export function findEntry(tree: Buffer, name: string, idLength: number): TreeEntry | undefined {
  for (let at = 0; at < tree.length;) {
    const space = tree.indexOf(0x20, at);
    const end = tree.indexOf(0x00, space);
    if (tree.toString('utf8', space + 1, end) === name) {
      const id = tree.toString('hex', end + 1, end + 1 + idLength);
      return { mode: tree.toString('latin1', at, space), id };
    }
    at = end + 1 + idLength;
  }
  return undefined;
}
