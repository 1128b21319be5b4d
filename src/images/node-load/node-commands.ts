// How the nodes of each kind of local cluster are asked which images they have, and given one.
import type { LocalCluster } from './local-cluster.ts';
import type { NodeProgram } from './node-program.ts';
import { imagesByName, type NodeImages } from './node-images.ts';

/** What can be done with the nodes of a cluster. */
export interface NodeCommands {
  /** Images of each node. */
  list(run: NodeProgram): Promise<NodeImages[]>;
  /** Gives all nodes what is in the archive `file`. */
  load(run: NodeProgram, file: string): Promise<void>;
}

/** `env` says which program runs the nodes of kind. */
export function nodeCommands(
  { tool, name }: LocalCluster,
  env: Readonly<Record<string, string | undefined>>,
): NodeCommands {
  if (tool === 'minikube') {
    return {
      list: async (run) => [
        imagesByName(await run('minikube', ['image', 'ls', '-p', name, '--format', 'json'])),
      ],
      load: async (run, file) => void (await run('minikube', ['image', 'load', file, '-p', name])),
    };
  }
  if (tool === 'kind') {
    const engine = env['KIND_EXPERIMENTAL_PROVIDER'] ?? 'docker';
    return {
      list: async (run) => {
        const nodes = lines(await run('kind', ['get', 'nodes', '--name', name]));
        return listByRuntime(run, engine, nodes);
      },
      load: async (run, file) => void (await run('kind', ['load', 'image-archive', file, '--name', name])),
    };
  }
  return {
    list: async (run) => {
      const format = '{{.Names}} {{.Label "k3d.role"}}';
      const listed = lines(
        await run('docker', ['ps', '--filter', `label=k3d.cluster=${name}`, '--format', format]),
      );
      const nodes = listed.map((line) => line.split(' '));
      const running = nodes.filter(([, role]) => role === 'server' || role === 'agent');
      return listByRuntime(
        run,
        'docker',
        running.map(([node = '']) => node),
      );
    },
    load: async (run, file) => void (await run('k3d', ['image', 'import', file, '--cluster', name])),
  };
}

/** Nodes are containers; in each, its container runtime is asked. */
async function listByRuntime(
  run: NodeProgram,
  engine: string,
  nodes: readonly string[],
): Promise<NodeImages[]> {
  return Promise.all(
    nodes.map(async (node) =>
      imagesByName(await run(engine, ['exec', node, 'crictl', 'images', '-o', 'json'])),
    ),
  );
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
