// The content of an imagePullSecret: the credentials by which a cluster pulls what fox has pushed.
import { dockerHub } from '../../core/version/image-reference.ts';
import type { Env } from './auth-file.ts';
import { credentialsFor } from './credentials.ts';

/** A registry, and a repository there if credentials differ between them. */
export interface PullFrom {
  /** `host[:port]`, as in references. */
  readonly host: string;
  readonly repository?: string;
}

/** What goes into `.dockerconfigjson`, and what couldn't. */
export interface PullSecret {
  readonly json: string;
  /** Registries of which no credentials are known: they are pulled from without. */
  readonly unknown: readonly string[];
  /** Registries whose credentials are an identity token, by which a kubelet can't pull. */
  readonly unusable: readonly string[];
}

/**
 * The credentials for these registries as the JSON of a Secret of type `kubernetes.io/dockerconfigjson`. Those that a
 * helper makes may be valid for hours only. It is to be printed nowhere.
 * @throws FoxError REGISTRY_DENIED, FILE_SYSTEM: see {@link credentialsFor}.
 */
export async function dockerConfigJson(registries: readonly PullFrom[], env: Env): Promise<PullSecret> {
  const auths: Record<string, { username: string; password: string; auth: string }> = {};
  const unknown: string[] = [];
  const unusable: string[] = [];
  for (const { host, repository = '' } of registries) {
    const found = await credentialsFor(host, repository, env);
    if (found === undefined) unknown.push(host);
    else if (found.type === 'identity') unusable.push(host);
    else {
      const { username, password } = found;
      const auth = Buffer.from(`${username}:${password}`).toString('base64');
      auths[secretKey(host)] = { username, password, auth };
    }
  }
  return { json: JSON.stringify({ auths }), unknown, unusable };
}

/** Kubelets know Docker Hub by an old name. */
function secretKey(host: string): string {
  return host === dockerHub ? 'https://index.docker.io/v1/' : host;
}
