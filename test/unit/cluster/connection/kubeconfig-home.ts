// A directory with kubeconfig files for tests.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A home directory of somebody who has kubeconfigs. */
export class KubeconfigHome {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<KubeconfigHome> {
    return new KubeconfigHome(await mkdtemp(join(tmpdir(), 'fox-kubeconfig-')));
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  /** Writes a file, text or as JSON, which is YAML. @returns its path. */
  async write(name: string, content: string | object, mode = 0o600): Promise<string> {
    const path = this.path(name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    await chmod(path, mode);
    return path;
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** One context `dev` with what is given of its cluster and its user. */
export function kubeconfig(
  cluster: object = { server: 'https://127.0.0.1:6443' },
  user: object = {},
  context: object = {},
): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'the-cluster', cluster }],
    users: [{ name: 'the-user', user }],
    contexts: [{ name: 'dev', context: { cluster: 'the-cluster', user: 'the-user', ...context } }],
    'current-context': 'dev',
  };
}
