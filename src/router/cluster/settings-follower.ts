// Turns the ConfigMap of the routers' settings into what is in force.
import type { V1ConfigMap } from '@kubernetes/client-node';
import {
  defaultRouterSettings,
  readSettings,
  type RouterSettings,
} from '../../core/routing/router-settings.ts';
import type { Log } from '../log.ts';

/** Told of settings that are in force from now on. */
export interface OnSettings {
  (settings: RouterSettings): void;
}

/** Follows the ConfigMap. Settings that can't be read leave those before in force: nobody is let in by damage. */
export class SettingsFollower {
  readonly #onSettings: OnSettings;
  readonly #log: Log;

  constructor(log: Log, onSettings: OnSettings) {
    this.#log = log;
    this.#onSettings = onSettings;
  }

  /** It is new or changed. */
  set(name: string, { data = {} }: V1ConfigMap): void {
    const settings = readSettings(data['settings']);
    if (typeof settings === 'string')
      this.#log('error', 'object-damaged', { object: name, reason: settings });
    else this.#take(settings);
  }

  /** It is gone. */
  clear(): void {
    this.#take(defaultRouterSettings);
  }

  #take(settings: RouterSettings): void {
    this.#onSettings(settings);
    this.#log('info', 'settings', { ...settings });
  }
}
