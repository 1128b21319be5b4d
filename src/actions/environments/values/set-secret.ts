// Setting secrets of a virtual environment: values become fingerprints, which is all that its definition says of them.
import type { SecretValue } from '../../../cluster/secrets/environment-secrets.ts';
import type { EnteredAnew } from '../../../cluster/secrets/key-ring.ts';
import type { Recognising, SecretVault } from '../../../cluster/secrets/vault.ts';
import type { SecretReference } from '../../../core/environments/environment-definition.ts';
import { FoxError } from '../../../core/errors.ts';
import { variableNameProblem } from '../../../core/names.ts';

/** Where a secret's value comes from: from whoever sets it, or from a Secret that another tool looks after. */
export type SecretSource =
  | { readonly value: string }
  | { readonly from: { readonly name: string; readonly key: string } };

/** Secrets to set, as a change of environments takes them. */
export interface RecognisedSecrets {
  /** What the definition says, by name. */
  readonly references: ReadonlyMap<string, SecretReference>;
  /** What fox is to keep, by name: not those of other tools. */
  readonly values: ReadonlyMap<string, SecretValue>;
}

/**
 * Recognises secrets by the namespace's key, or by one that is kept only with the change: that may be refused.
 * @throws FoxError NAME_INVALID, NOT_FOUND if another tool's Secret doesn't have the key, REFUSED if the key is lost.
 */
export async function recogniseSecrets(
  vault: SecretVault,
  sources: ReadonlyMap<string, SecretSource>,
  anew?: EnteredAnew,
): Promise<RecognisedSecrets> {
  const options: Recognising = { isPreview: true, ...(anew === undefined ? {} : { anew }) };
  const references = new Map<string, SecretReference>();
  const values = new Map<string, SecretValue>();
  for (const name of sources.keys()) requireName(name);
  for (const [name, source] of sources) {
    if ('from' in source) references.set(name, await vault.refer(source.from, options));
    else {
      const fingerprint = await vault.fingerprint(source.value, options);
      references.set(name, { fingerprint });
      values.set(name, { fingerprint, value: source.value });
    }
  }
  return { references, values };
}

function requireName(name: string): void {
  const problem = variableNameProblem(name);
  if (problem !== undefined) throw new FoxError('NAME_INVALID', `"${name}" ${problem}`);
}
