// Whether an app can run in the virtual environments of a namespace: its values are there, and those of secrets can be had.
import { isStatus } from '../../../cluster/api/api-error.ts';
import type { Namespace, NamespaceState } from '../../../cluster/namespace.ts';
import { type CheckedVersion, declaredNames } from '../../../core/environments/environment-check.ts';
import { secretKey } from '../../../core/environments/fingerprint.ts';
import type { ActionContext } from '../../context.ts';
import { requireEnvironment } from '../../lookup/lookup.ts';
import { brokenEnvironments, definitionsOf, environmentsByName } from '../known/known-environments.ts';
import { type EnvironmentValidation, type LostSecrets, validateIn } from './validate-environments.ts';

/** Validates in environments of these names; undefined: in all. @throws FoxError NOT_FOUND. */
export async function validateInNamespace(
  names: readonly string[] | undefined,
  version: CheckedVersion,
  namespace: Pick<Namespace, 'observe' | 'secrets'>,
  context: Pick<ActionContext, 'emit'>,
): Promise<EnvironmentValidation[]> {
  const state = await namespace.observe();
  for (const name of names ?? []) requireEnvironment(state, name);
  const wanted = names ?? state.environments.map(({ definition }) => definition.name).toSorted();
  const lostSecrets = await findLost(wanted, version, state, namespace, context);
  const versions = state.versions.map(({ manifest }) => manifest);
  const place = { versions, onlyFiles: false, lostSecrets };
  const definitions = definitionsOf(state.environments);
  const damages = brokenEnvironments(state);
  return wanted.map((name) => validateIn(name, version, definitions, place, damages.get(name)));
}

async function findLost(
  names: readonly string[],
  version: CheckedVersion,
  state: NamespaceState,
  { secrets: vault }: Pick<Namespace, 'secrets'>,
  { emit }: Pick<ActionContext, 'emit'>,
): Promise<LostSecrets> {
  const declared = declaredNames(version).secrets;
  const known = environmentsByName(state);
  const secrets = names.flatMap((each) =>
    Object.entries(known.get(each)?.secrets ?? {})
      .filter(([name]) => declared.has(name))
      .map(([name, fingerprint]) => ({ name, fingerprint })),
  );
  try {
    const problems = await vault.problems(secrets);
    return new Map(
      problems.map(({ secret: { name, fingerprint }, why, hint }) => [
        secretKey(name, fingerprint),
        { why, hint },
      ]),
    );
  } catch (error) {
    if (!isStatus(error, 403)) throw error;
    const text = "whether values of secrets can be had isn't known: you may not read Secrets";
    emit({ type: 'warning', text });
    return new Map();
  }
}
