// The virtual environment that a command changes: as it is, or new where somebody has agreed to that.
import type { NamespaceState } from '../../../cluster/namespace.ts';
import type { EnvironmentDefinition } from '../../../core/environments/environment-definition.ts';
import { FoxError } from '../../../core/errors.ts';
import type { ActionContext } from '../../context.ts';
import { environmentNotFound } from '../../lookup/lookup.ts';
import { nearEnvironment } from '../../lookup/new-environment.ts';
import { brokenEnvironment } from './usable-environment.ts';
import { definitionsOf } from './known-environments.ts';

export interface WantedEnvironment {
  readonly name: string;
  /** This one is made without asking: the first deploy would do so, too. */
  readonly defaultEnvironment: string;
  /** Any is made without asking. */
  readonly create: boolean;
}

/** Looks one environment up, as often as it is needed; asks once. */
export class EnvironmentLookup {
  readonly #wanted: WantedEnvironment;
  readonly #context: Pick<ActionContext, 'ask'>;
  #mayCreate: boolean;

  constructor(wanted: WantedEnvironment, context: Pick<ActionContext, 'ask'>) {
    this.#wanted = wanted;
    this.#context = context;
    this.#mayCreate = wanted.create || wanted.name === wanted.defaultEnvironment;
  }

  /** Its definition; an empty one if it is to be made. @throws FoxError NOT_FOUND, CANCELLED, REFUSED if it can't be read. */
  async definition(state: NamespaceState): Promise<EnvironmentDefinition> {
    const { name } = this.#wanted;
    const existing = existingDefinition(state, name);
    if (existing !== undefined) return existing;
    await this.#approve(state);
    return { name, vars: {} };
  }

  async #approve(state: NamespaceState): Promise<void> {
    if (this.#mayCreate) return;
    const { name } = this.#wanted;
    const { ask } = this.#context;
    if (ask === undefined) throw environmentNotFound(state, name, '`--create` makes it.');
    const guess = nearEnvironment(name, state);
    const hint = guess === undefined ? '' : ` (did you mean ${guess}?)`;
    await ask(`There is no virtual environment ${name} yet${hint}. Create it?`);
    this.#mayCreate = true;
  }
}

/** What an environment says itself; undefined if there is none. @throws FoxError REFUSED if it can't be read. */
export function existingDefinition(state: NamespaceState, name: string): EnvironmentDefinition | undefined {
  const definition = definitionsOf(state.environments).get(name);
  if (definition !== undefined) return definition;
  const broken = brokenEnvironment(state, name);
  if (broken === undefined) return undefined;
  throw new FoxError('REFUSED', `virtual environment ${name} can't be changed: ${broken.why}`, {
    hints: broken.hints,
  });
}

/** The same, for who needs it to exist. @throws FoxError NOT_FOUND with near names. */
export function requiredDefinition(state: NamespaceState, name: string): EnvironmentDefinition {
  const existing = existingDefinition(state, name);
  if (existing !== undefined) return existing;
  throw environmentNotFound(state, name);
}
