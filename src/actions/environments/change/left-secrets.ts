// Secrets of a virtual environment whose own object is gone or can't be read: its Secret still keeps their values.
import { isStatus } from '../../../cluster/api/api-error.ts';
import type { NamespaceState } from '../../../cluster/namespace.ts';
import type { KeptValues } from '../../../cluster/secrets/kept-values.ts';
import type { SecretVault } from '../../../cluster/secrets/vault.ts';
import type {
  EnvironmentDefinition,
  SecretReference,
} from '../../../core/environments/environment-definition.ts';
import { secretKey } from '../../../core/environments/fingerprint.ts';
import { objectName } from '../../../core/labels.ts';
import type { ActionContext } from '../../context.ts';
import { compact } from './definition-edit.ts';

/** Takes over what is left of environments that are made again; tells each thing once, however often it is asked. */
export class LeftSecrets {
  readonly #vault: Pick<SecretVault, 'kept'>;
  readonly #emit: ActionContext['emit'];
  readonly #told = new Set<string>();

  constructor(vault: Pick<SecretVault, 'kept'>, { emit }: Pick<ActionContext, 'emit'>) {
    this.#vault = vault;
    this.#emit = emit;
  }

  /** The definition of an environment that is to be made, with the secrets that it doesn't say itself and that are left. */
  async added(definition: EnvironmentDefinition, state: NamespaceState): Promise<EnvironmentDefinition> {
    const { name, vars, secrets = {} } = definition;
    const said = new Set([...Object.keys(vars), ...Object.keys(secrets)]);
    const kept = [...(await this.#kept(name))].filter(([each]) => !said.has(each));
    if (kept.length === 0) return definition;
    const left = leftSecrets(new Map(kept), name, state);
    const unclear = kept.flatMap(([each]) => (left.has(each) ? [] : [each]));
    const secret = `Secret ${objectName.environment(name)}`;
    if (left.size > 0)
      this.#tell('info', `${name}: what ${secret} still keeps is taken over: ${[...left.keys()].join(', ')}`);
    if (unclear.length > 0)
      this.#tell('warning', `${name}: ${secret} has several values of ${unclear.join(', ')}: set them again`);
    return compact({ ...definition, secrets: { ...Object.fromEntries(left), ...secrets } });
  }

  async #kept(name: string): Promise<KeptValues> {
    try {
      return await this.#vault.kept(name);
    } catch (error) {
      if (!isStatus(error, 403)) throw error;
      const text = `${name}: whether values of secrets are left from before can't be told: Secrets may not be read`;
      this.#tell('warning', text);
      return new Map();
    }
  }

  #tell(type: 'info' | 'warning', text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#emit({ type, text });
  }
}

/** The only value of each name; of several, the only one that isn't kept for a release alone. */
function leftSecrets(
  kept: KeptValues,
  environment: string,
  { configurations }: Pick<NamespaceState, 'configurations'>,
): Map<string, SecretReference> {
  const held = new Set(
    configurations
      .filter((each) => each.environment.name === environment)
      .flatMap((each) => Object.entries(each.environment.secrets ?? {}))
      .map(([name, fingerprint]) => secretKey(name, fingerprint)),
  );
  const left = new Map<string, SecretReference>();
  for (const [name, fingerprints] of kept) {
    const free = fingerprints.filter((each) => !held.has(secretKey(name, each)));
    const [fingerprint, ...others] = free.length === 0 ? fingerprints : free;
    if (fingerprint !== undefined && others.length === 0) left.set(name, { fingerprint });
  }
  return left;
}
