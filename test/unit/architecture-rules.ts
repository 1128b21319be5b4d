// What linters can't see: which part of fox may know which, as pure checks over files and their text.
import { posix } from 'node:path';

/** Texts by path, relative to `src`, with `/`. */
export type Sources = ReadonlyMap<string, string>;

/** Processes begin here; only they touch the process itself. */
export const entries = ['main.ts', 'router/main.ts', 'keeper/main.ts', 'embedded/main.ts'];

/** Folders that a folder may import from, beside its own. `types`: only with `import type`. */
const layers: Readonly<
  Record<string, { readonly all: readonly string[]; readonly types?: readonly string[] }>
> = {
  core: { all: [] },
  config: { all: ['core'] },
  source: { all: ['core'] },
  images: { all: ['core'] },
  cluster: { all: ['core'] },
  router: { all: ['core'] },
  embedded: { all: ['core'] },
  actions: {
    all: ['core', 'config', 'source', 'images', 'cluster', 'router', 'embedded'],
    types: ['output', 'cli'],
  },
  // It does what people do, by the same code.
  keeper: { all: ['core', 'cluster', 'actions'] },
  output: { all: ['core'], types: ['actions'] },
  cli: { all: ['core', 'actions', 'output'] },
  // One file that stands alone in other people's programs.
  component: { all: [] },
};

/** The only folders in which a package is used; elsewhere at most its types. */
const homes: Readonly<Record<string, readonly string[]>> = {
  chalk: ['output'],
  ora: ['output'],
  commander: ['cli'],
  cosmiconfig: ['config'],
  ws: ['cluster'],
  yaml: ['cluster', 'config', 'embedded', 'output'],
  'simple-git': ['source'],
  lmdb: ['embedded'],
  '@peculiar/x509': ['embedded'],
  '@kubernetes/client-node': ['cluster', 'router'],
};

/** One import or re-export of a file. */
export interface Import {
  readonly from: string;
  /** As it is written. */
  readonly specifier: string;
  /** Nothing of it is left when the types are gone. */
  readonly typeOnly: boolean;
}

const statement =
  /^[ \t]*(?:import|export)\s+(?:(type)\s+)?(?:([^'";]*?)\s*from\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

/** Imports of a file, static, dynamic and re-exported. */
export function importsOf(from: string, text: string): Import[] {
  return [...withoutComments(text).matchAll(statement)].map(([, type, names = '', specifier, dynamic]) => {
    const typeOnly = type !== undefined || /^\{\s*(type\s+[^,}]+,?\s*)+\}$/.test(names);
    return { from, specifier: specifier ?? dynamic ?? '', typeOnly };
  });
}

/** Imports that a layer forbids. */
export function layerProblems(sources: Sources): string[] {
  return relativeImports(sources).flatMap(({ from, to, typeOnly }) => {
    const [own, other] = [folderOf(from), folderOf(to)];
    if (own === other || own === '') return [];
    const allowed = layers[own];
    if (allowed === undefined) return [`${from}: the folder ${own} has no layer`];
    if (allowed.all.includes(other) || (typeOnly && allowed.types?.includes(other) === true)) return [];
    return [`${from} imports ${to}: ${own} may not know ${other === '' ? to : other}`];
  });
}

/** Packages that are used outside of their folder. */
export function packageProblems(sources: Sources): string[] {
  return allImports(sources).flatMap(({ from, specifier, typeOnly }) => {
    const home = homes[specifier];
    if (home === undefined || typeOnly || home.includes(folderOf(from))) return [];
    return [`${from} uses ${specifier}, which belongs to ${home.join(' and ')}`];
  });
}

/** Uses of the process outside of the entries. */
export function processProblems(sources: Sources): string[] {
  const use = /(?<![\w$#.])(?:globalThis\.)?process\.(?:exit|exitCode|argv|on|once|off|addListener)\b/g;
  return [...sources].flatMap(([file, text]) => {
    if (entries.includes(file)) return [];
    return [...withoutComments(text).matchAll(use)].map(([found]) => `${file} uses ${found}`);
  });
}

/** Names that say nothing. */
export function nameProblems(sources: Sources): string[] {
  return [...sources.keys()].flatMap((file) => {
    const bad = file.split('/').find((part) => /^(utils?|helpers?|common|misc|shared)(\.ts)?$/.test(part));
    const shape = /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(file);
    return [
      ...(bad === undefined ? [] : [`${file}: "${bad}" says nothing`]),
      ...(shape ? [] : [`${file} is not in kebab-case`]),
    ];
  });
}

/** Files that don't begin with a sentence in a comment line that says what they are for. */
export function headProblems(sources: Sources): string[] {
  return [...sources].flatMap(([file, text]) => {
    const [first = ''] = text.split('\n');
    return /^\/\/ \S.*\.$/.test(first)
      ? []
      : [`${file} doesn't begin with a sentence that says what it is for`];
  });
}

/** Imports by relative paths that lead nowhere or lack the file's ending. */
export function brokenImports(sources: Sources): string[] {
  return relativeImports(sources).flatMap(({ from, to }) =>
    sources.has(to) || to.startsWith('../') ? [] : [`${from} imports ${to}, which doesn't exist`],
  );
}

/** Circles of files that import each other, types included; each as its path. */
export function importCircles(sources: Sources): string[] {
  const edges = new Map<string, string[]>();
  for (const { from, to } of relativeImports(sources)) edges.set(from, [...(edges.get(from) ?? []), to]);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    const at = path.indexOf(file);
    if (at >= 0) circles.push([...path.slice(at), file].join(' → '));
    if (at >= 0 || done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return circles;
}

/** Keys of `exitCodes` in the text of core/errors.ts that no comment explains. */
export function undocumentedCodes(text: string): string[] {
  const table = /exitCodes = \{(.*?)\n\} as const/s.exec(text)?.[1] ?? '';
  const lines = table.split('\n').map((line) => line.trim());
  return lines.flatMap((line, index) => {
    const code = /^([A-Z_]+): \d+,$/.exec(line)?.[1];
    return code === undefined || /^(\/\*\*.*)?\*\/$/.test(lines[index - 1] ?? '') ? [] : [code];
  });
}

function allImports(sources: Sources): Import[] {
  return [...sources].flatMap(([file, text]) => importsOf(file, text));
}

function relativeImports(sources: Sources): { from: string; to: string; typeOnly: boolean }[] {
  return allImports(sources).flatMap(({ from, specifier, typeOnly }) =>
    specifier.startsWith('.') ? [{ from, to: posix.join(posix.dirname(from), specifier), typeOnly }] : [],
  );
}

/** First folder of a path; '' for files at the root. */
function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
}
