// A namespace of the embedded cluster whose routers go by the config: with the first look at it their settings are written, where they differ.
import { applyObject } from '../../cluster/api/apply.ts';
import type { ApiClient } from '../../cluster/api/api-client.ts';
import { Namespace, type NamespaceState } from '../../cluster/namespace.ts';
import { settingsObject } from '../../cluster/routers/settings-object.ts';
import { doubtsAbout, type RouterSettings } from '../../core/routing/router-settings.ts';
import type { ActionContext } from '../context.ts';
import { settingsDifference } from '../settings/settings-difference.ts';

/** `observe` costs what it costs otherwise as long as the settings are those of the config. */
export class SettledNamespace extends Namespace {
  readonly #wanted: RouterSettings;
  readonly #emit: ActionContext['emit'];

  constructor(client: ApiClient, wanted: RouterSettings, emit: ActionContext['emit']) {
    super(client);
    this.#wanted = wanted;
    this.#emit = emit;
  }

  override async observe(): Promise<NamespaceState> {
    const state = await super.observe();
    if (settingsDifference(state.routerSettings, this.#wanted, this.cluster) === undefined) return state;
    // What was written by hand gives way to the config, as on a cluster that is set up anew.
    await applyObject(this.client, 'configmaps', settingsObject(this.#wanted), { force: true });
    this.#emit({ type: 'info', text: 'The router goes by the settings of the config now' });
    for (const text of doubtsAbout(this.#wanted)) this.#emit({ type: 'warning', text });
    return { ...state, routerSettings: this.#wanted };
  }
}
