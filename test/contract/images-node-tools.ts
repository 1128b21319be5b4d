// Stand-ins for kind, k3d, minikube and docker: they behave as those do where fox speaks to them, and read the archives.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { temporaryDirectory } from './registry-process.ts';

/**
 * One program for all of them. What they were asked stands in `log`, a line each; a node's images are in
 * `<node>.json`. Real ones hand archives to containerd, which reads the OCI layout in them; Docker reads manifest.json.
 */
const program = `#!${process.execPath}
const { execFileSync } = require('node:child_process');
const { appendFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } = require('node:fs');
const { createHash } = require('node:crypto');
const { basename, join } = require('node:path');
const state = process.env.STAND_IN_STATE;
const name = basename(process.argv[1]);
const args = process.argv.slice(2);
appendFileSync(join(state, 'log'), name + ' ' + args.map((arg) => arg.startsWith('/') ? 'FILE' : arg).join(' ') + '\\n');
if (existsSync(join(state, 'broken'))) { console.error('ERROR: no nodes found for cluster'); process.exit(1); }
const nodes = readFileSync(join(state, 'nodes'), 'utf8').split('\\n');
const imagesOf = (node) => existsSync(join(state, node + '.json')) ? JSON.parse(readFileSync(join(state, node + '.json'))) : [];
const load = (file) => {
  const to = mkdtempSync(join(state, 'unpacked-'));
  execFileSync('tar', ['-xf', file, '-C', to]);
  const blob = (digest) => {
    const bytes = readFileSync(join(to, 'blobs/sha256', digest.slice(7)));
    if ('sha256:' + createHash('sha256').update(bytes).digest('hex') !== digest) throw new Error('damaged ' + digest);
    return bytes;
  };
  const [entry] = JSON.parse(readFileSync(join(to, 'index.json'))).manifests;
  let manifest = JSON.parse(blob(entry.digest));
  if (manifest.manifests) manifest = JSON.parse(blob(manifest.manifests.find((each) => each.platform.architecture === { x64: 'amd64' }[process.arch] || each.platform.architecture === process.arch).digest));
  for (const layer of manifest.layers) blob(layer.digest);
  const id = manifest.config.digest;
  JSON.parse(blob(id));
  const image = { id, repoTags: [entry.annotations['io.containerd.image.name']], repoDigests: [] };
  for (const node of nodes) writeFileSync(join(state, node + '.json'), JSON.stringify([...imagesOf(node), image]));
};
const text = args.join(' ');
if (name === 'kind' && text === 'get nodes --name dev') console.log(nodes.join('\\n'));
else if (name === 'kind' && args[0] === 'load' && args[1] === 'image-archive') load(args[2]);
else if (name === 'k3d' && args[0] === 'image' && args[1] === 'import') load(args[2]);
else if (name === 'docker' && args[0] === 'ps') console.log([...nodes.map((node) => node + ' server'), 'k3d-dev-serverlb loadbalancer'].join('\\n'));
else if (name === 'docker' && args[0] === 'exec') console.log(JSON.stringify({ images: imagesOf(args[1]) }));
else if (name === 'minikube' && args[1] === 'ls') console.log(JSON.stringify(imagesOf(nodes[0]).map((image) => ({ ...image, id: image.id.slice(7) }))));
else if (name === 'minikube' && args[1] === 'load') load(args[2]);
else { console.error('unknown: ' + text); process.exit(2); }
`;

/** A cluster of stand-ins. */
export interface NodeTools {
  /** By which fox finds them. */
  readonly env: Record<string, string>;
  /** What they were asked so far, a line each; paths are \`FILE\`. */
  asked(): Promise<string[]>;
  /** They fail from now on. */
  break(): Promise<void>;
  /** A node loses its images. */
  empty(node: string): Promise<void>;
}

/** Puts stand-ins on a PATH of their own; the cluster has these nodes. */
export async function nodeTools(...nodes: readonly string[]): Promise<NodeTools> {
  const directory = await temporaryDirectory();
  const state = join(directory, 'state');
  await mkdir(state);
  await writeFile(join(state, 'nodes'), nodes.join('\n'));
  for (const name of ['kind', 'k3d', 'minikube', 'docker']) {
    await writeFile(join(directory, name), program);
    await chmod(join(directory, name), 0o755);
  }
  const path = [directory, process.env['PATH'] ?? ''].join(delimiter);
  return {
    env: { PATH: path, STAND_IN_STATE: state },
    asked: async () => (await readFile(join(state, 'log'), 'utf8')).trim().split('\n'),
    break: () => writeFile(join(state, 'broken'), ''),
    empty: (node) => writeFile(join(state, `${node}.json`), '[]'),
  };
}
