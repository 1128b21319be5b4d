// The configuration that a release in a stable virtual environment holds on to: what the environment says of all that the version uses.
import { contentHash } from '../version/canonical.ts';
import type { Environment } from './environment.ts';
import { declaredNames } from './environment-check.ts';
import type { VersionManifest } from '../version/manifest.ts';

/**
 * An environment as a release of a version holds on to it: values and fingerprints of what the version declares, and
 * their digest. What other apps use of it may change without making this another configuration.
 */
export function configurationFor(
  manifest: Pick<VersionManifest, 'components'>,
  { name, vars, secrets = {} }: Environment,
): Environment & { readonly configuration: string } {
  const declared = declaredNames(manifest);
  const values = pick(vars, declared.variables);
  const fingerprints = pick(secrets, declared.secrets);
  return {
    name,
    vars: values,
    ...(Object.keys(fingerprints).length === 0 ? {} : { secrets: fingerprints }),
    configuration: contentHash('fox-configuration', { vars: values, secrets: fingerprints }),
  };
}

function pick<T>(values: Readonly<Record<string, T>>, names: ReadonlySet<string>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)));
}
