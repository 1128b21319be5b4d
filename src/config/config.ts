// A config: where its text comes from, and what it says.
import type { App } from '../core/app.ts';

/** Where a config's text comes from. */
export interface ConfigSource {
  /** File name for messages, relative to the repository's root. */
  readonly file: string;
  /** Directory of the file, relative to the repository's root (`''`: the root). */
  readonly directory: string;
  readonly text: string;
  /** Key of the file that holds the config (package.json: `fox`). */
  readonly key?: string;
}

/** A config file: what it says of the app, and of the place it is used in. */
export interface Config {
  readonly app: App;
  /** Virtual environment of plain traffic; a setting of the place, in no hash. */
  readonly defaultEnvironment: string;
}
