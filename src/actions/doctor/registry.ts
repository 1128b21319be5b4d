// What fox finds of the registry: whether it answers, knows who pushes, and lets them.
import type { RegistrySettings } from '../../config/config.ts';
import type { App } from '../../core/version/app.ts';
import { credentialsFor } from '../../images/registry/credentials.ts';
import { openRegistry } from '../../images/registry/open-registry.ts';
import { registryNames } from '../../images/registry/registry-names.ts';
import type { ActionContext } from '../context.ts';
import { type Finding, ok } from './finding.ts';

/** A doctor looks once more at what fails for a moment, and doesn't wait for long. */
const patience = { attempts: 2, firstWaitMs: 250, totalMs: 5_000 };

/** The app whose images are pushed; where it isn't known, a name that nobody has. */
export interface PushedApp {
  readonly name: string;
  readonly app?: App | undefined;
}

/**
 * Begins an upload and cancels it: whether a registry lets one push, only that tells.
 * @throws FoxError REGISTRY_… saying what keeps one from it.
 */
export async function checkRegistry(
  { prefix, insecure }: RegistrySettings,
  { name, app }: PushedApp,
  { env }: Pick<ActionContext, 'env'>,
  signal: AbortSignal,
): Promise<Finding> {
  const names = registryNames(prefix);
  const repository = names.repository({ app: name, component: builtComponent(app) ?? 'fox-doctor' });
  const client = openRegistry({ host: names.host, insecure, env, signal, patience });
  try {
    await client.checkPush(repository);
    return ok(
      'registry',
      `${names.host}, may push to ${repository}; ${await credentialsText(names.host, repository, env)}`,
    );
  } finally {
    await client.close();
  }
}

/** Some registries know each repository by itself: one that will be pushed to is asked for. */
function builtComponent(app: App | undefined): string | undefined {
  return Object.values(app?.components ?? {}).find(({ build }) => !('image' in build))?.name;
}

/** Where credentials are from; never what they are. */
async function credentialsText(host: string, repository: string, env: ActionContext['env']): Promise<string> {
  const known = await credentialsFor(host, repository, env);
  return known === undefined ? 'no credentials, and it wants none' : `credentials of ${known.origin}`;
}
