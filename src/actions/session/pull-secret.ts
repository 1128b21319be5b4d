// Gives a cluster the credentials that fox pushes with, where the config asks for it, so that its nodes can pull.
import type { ApiClient } from '../../cluster/api/api-client.ts';
import { putPullSecret } from '../../cluster/objects/pull-secret.ts';
import type { RegistrySettings } from '../../config/config.ts';
import { canonicalHost } from '../../core/version/image-reference.ts';
import { objectName } from '../../core/labels.ts';
import type { ActionContext } from '../context.ts';

/** The Secret that pods pull with. */
export interface PullSecret {
  /** Its name, as pods refer to it. */
  readonly name: string;
  /**
   * Has it hold the credentials that are known here now.
   * @throws FoxError CONFLICT if somebody else has a Secret of that name, REGISTRY_DENIED if a credential helper fails.
   */
  put(): Promise<void>;
}

/** Users by which clouds hand out passwords for a short time, and how long those are valid. */
const shortLived: Readonly<Record<string, string>> = {
  AWS: '12 hours',
  oauth2accesstoken: 'an hour',
  _dcgcloud_token: 'an hour',
  '00000000-0000-0000-0000-000000000000': '3 hours',
};

/** Undefined where the config doesn't ask for one. */
export function pullSecretOf(
  registry: RegistrySettings | undefined,
  client: ApiClient,
  context: Pick<ActionContext, 'env' | 'emit'>,
): PullSecret | undefined {
  if (registry?.pullSecret !== true) return undefined;
  return { name: objectName.pullSecret, put: async () => put(registry, client, context) };
}

async function put(
  { prefix }: RegistrySettings,
  client: ApiClient,
  { env, emit }: Pick<ActionContext, 'env' | 'emit'>,
): Promise<void> {
  const { dockerConfigJson } = await import('../../images/registry/pull-secret.ts');
  const [first = '', ...path] = prefix.split('/');
  const host = canonicalHost(first);
  const { json, unknown, unusable } = await dockerConfigJson([{ host, repository: path.join('/') }], env);
  const warn = (text: string) => emit({ type: 'warning', text });
  if (unknown.length > 0) {
    warn(`no credentials for ${host} are known here: Secret ${objectName.pullSecret} stays as it is`);
    return;
  }
  if (unusable.length > 0) {
    warn(
      `nodes can't pull from ${host} with the credentials here, an identity token: Secret ${objectName.pullSecret} stays as it is`,
    );
    return;
  }
  for (const time of validityOf(json)) {
    warn(
      `the credentials for ${host} are valid for ${time} only, and so is Secret ${objectName.pullSecret}; better give the nodes rights of their own`,
    );
  }
  if (await putPullSecret(client, json))
    emit({ type: 'info', text: `Wrote the credentials for ${host} to Secret ${objectName.pullSecret}` });
}

/** How long credentials that a cloud made for a short time are valid; empty for all others. */
function validityOf(json: string): string[] {
  const { auths } = JSON.parse(json) as { auths: Record<string, { username: string }> };
  return Object.values(auths).flatMap(({ username }) => {
    const time = Object.hasOwn(shortLived, username) ? shortLived[username] : undefined;
    return time === undefined ? [] : [time];
  });
}
