// Virtual environments that are there and can't be used: what is wrong with them, and the command that mends it.
import type { NamespaceState } from '../../../cluster/namespace.ts';
import type { EnvironmentDefinitions } from '../../../core/environments/environment-definition.ts';
import { FoxError } from '../../../core/errors.ts';
import type { EffectiveEnvironment } from '../../../core/environments/inheritance.ts';
import { objectName } from '../../../core/labels.ts';
import { brokenEnvironments, definitionsOf, environmentsByName } from './known-environments.ts';

type Known = Pick<NamespaceState, 'environments'>;

/** Why an environment can't be used, and what mends that. */
export interface BrokenEnvironment {
  readonly name: string;
  /** Sentence fragment: `its parent dev doesn't exist`. */
  readonly why: string;
  /** Commands, each with what it does. */
  readonly hints: readonly string[];
}

/** What is wrong with an environment; undefined if it can be used, or isn't there. */
export function brokenEnvironment(state: Known, name: string): BrokenEnvironment | undefined {
  const why = brokenEnvironments(state).get(name);
  if (why === undefined) return undefined;
  const definitions = definitionsOf(state.environments);
  if (!definitions.has(name)) return { name, why, hints: [writingAnew(name)] };
  const lacking = lackingAncestor(definitions, name);
  const again = lacking === undefined ? [] : makingAgain(state, lacking);
  return { name, why, hints: [...again, `\`fox env set -e ${name} --no-parent\` goes on without a parent.`] };
}

function writingAnew(name: string): string {
  return `\`fox env apply -f <file>\` writes ${name} anew, with the secrets that fox keeps for it; \`kubectl get configmap ${objectName.environment(name)} -o yaml\` shows what is there.`;
}

function makingAgain({ environments }: Known, name: string): string[] {
  const isThere = environments.some(({ definition }) => definition.name === name);
  if (isThere) return [writingAnew(name)];
  return [
    `\`fox env set -e ${name} --create\` makes ${name} again, empty.`,
    `\`fox env apply -f <file>\` makes it as its file says. Secrets whose values fox still keeps are taken over by both.`,
  ];
}

/** The ancestor that doesn't exist or can't be read, if that is what is wrong. */
function lackingAncestor(definitions: EnvironmentDefinitions, name: string): string | undefined {
  const seen = new Set<string>();
  for (let parent = definitions.get(name)?.parent; parent !== undefined;) {
    if (seen.has(parent)) return undefined;
    seen.add(parent);
    const definition = definitions.get(parent);
    if (definition === undefined) return parent;
    parent = definition.parent;
  }
  return undefined;
}

/** An environment in force; undefined if it isn't there. @throws FoxError REFUSED if it is there and can't be used. */
export function usableEnvironment(state: Known, name: string): EffectiveEnvironment | undefined {
  const broken = brokenEnvironment(state, name);
  if (broken === undefined) return environmentsByName(state).get(name);
  throw new FoxError('REFUSED', `virtual environment ${name} can't be used: ${broken.why}`, {
    hints: broken.hints,
  });
}
