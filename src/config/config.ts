// A config: where its text comes from, and what it says.
import type { App } from '../core/version/app.ts';
import type { RouterSettings } from '../core/routing/router-settings.ts';
import type { BuildTool } from '../core/version/build-tool.ts';

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
  readonly settings: PlaceSettings;
}

/** What a config says of the place that fox is used in: never taken from a commit, and in no hash. */
export interface PlaceSettings {
  /** A Kubernetes cluster; absent: the embedded one. */
  readonly cluster?: ClusterSettings;
  readonly registry?: RegistrySettings;
  /** Program that builds Dockerfiles; absent: the first that is there. */
  readonly builder?: BuildTool;
  /** Settings of its routers; absent: it says nothing of them. */
  readonly router?: RouterSettings;
}

/** Which Kubernetes cluster. */
export interface ClusterSettings {
  /** Context of the kubeconfig, or `in-cluster`; absent: the current context. */
  readonly context?: string;
  /** Absent: the context's own. */
  readonly namespace?: string;
}

/** Where images are pushed to. */
export interface RegistrySettings {
  /** What the names of images begin with: `registry.example.com:5000/order`. */
  readonly prefix: string;
  /** Speak plain HTTP to it, though it isn't on this machine. */
  readonly insecure: boolean;
  /** Give the cluster the credentials that fox pushes with. */
  readonly pullSecret: boolean;
}
