// An app as its config describes it, after validation: what there is to build, run and route.
import type { PodSettings, WorkloadSettings } from './pod-settings.ts';

/** The app of one `fox.config.*` at one commit. */
export interface App {
  readonly name: string;
  /** Components by name, in the order of the config. */
  readonly components: Readonly<Record<string, Component>>;
  /** Named groups of components. */
  readonly modules: Readonly<Record<string, readonly string[]>>;
  /** What its images are built for: `linux/amd64`; sorted. */
  readonly platforms: readonly string[];
}

/** One directory, one image, one process that serves HTTP. */
export interface Component {
  readonly name: string;
  /** Directory, relative to the repository's root; `''` is the root itself. Only a prebuilt one may have none. */
  readonly path?: string;
  /** Further files and directories that belong to its content, relative to the repository's root; sorted. */
  readonly shared: readonly string[];
  readonly build: Build;
  /** The process: program and arguments; run in the component's directory. Empty: what its image says. */
  readonly command: readonly string[];
  /** Port of its Service on Kubernetes and default for `PORT` there. */
  readonly port: number;
  readonly routes: readonly Route[];
  /** Components that it may call; sorted. */
  readonly calls: readonly string[];
  /** It passes the `baggage` header on to what it calls. */
  readonly forwardsContext: boolean;
  /** What fox does so that its process passes the context on: `node` is by code that is loaded before its own. Absent: nothing. */
  readonly propagation?: 'node';
  /** How requests are delivered to it; in no hash. Absent where the config says nothing. */
  readonly delivery?: DeliverySettings;
  /** Variables that it needs, by name. */
  readonly env: Readonly<Record<string, VariableDeclaration>>;
  /** Names of the secrets that it needs, each a variable of its process; sorted. Absent: none. */
  readonly secrets?: readonly string[];
  /** Path that answers 2xx or 3xx when the component is ready; absent: ready when its port accepts connections. */
  readonly healthPath?: string;
  /** Further settings of its pods; absent where the config has none. */
  readonly pod?: PodSettings;
  readonly replicas: number;
  /** Further settings that are in no hash; absent where the config has none. */
  readonly settings?: WorkloadSettings;
}

/** How much of a component's work each router asks for at once. */
export interface DeliverySettings {
  /** Requests that one pod works on. Absent: the router's default. */
  readonly concurrency?: number;
  /** Requests that wait for a pod that has room. Absent: the router's default. */
  readonly queue?: number;
}

/** How a component's image comes about: by fox itself, by a Dockerfile, or it is there already. */
export type Build = TreeBuild | DockerfileBuild | PrebuiltBuild;

/** Its files, and what an optional command does to them, on top of an optional base image. */
export interface TreeBuild {
  /** Run by `sh -c` in the component's directory. */
  readonly command?: string;
  /** Reference of the image that it stands on: `node:24-slim`. */
  readonly base?: string;
}

/** What a Dockerfile makes of its files. */
export interface DockerfileBuild {
  /** Relative to the repository's root, as the context. */
  readonly dockerfile: string;
  /** Directory that the Dockerfile's COPY sees; `''` is the repository's root. */
  readonly context: string;
  /** Stage to build; absent: the last one. */
  readonly target?: string;
  /** Values of the Dockerfile's ARGs. */
  readonly args?: Readonly<Record<string, string>>;
}

/** An image that others have built. */
export interface PrebuiltBuild {
  /** Its reference: `ghcr.io/acme/ui:1.2`. */
  readonly image: string;
}

/** Requests that match `rule` enter the app at this component. */
export interface Route {
  readonly rule: string;
  /** Higher ones are asked first, whatever their rules are. Absent: 0. */
  readonly priority?: number;
  /** Ms until the response must begin, with all calls that it takes. Absent: the router's deadline. */
  readonly timeout?: number;
  /** Bytes that a request's body may have. Absent: what the router allows. */
  readonly maxBody?: number;
  /** Variables that templates of its rule use, by name. Absent: none is declared; what is used must have a value. */
  readonly env?: Readonly<Record<string, VariableDeclaration>>;
}

/** Type of a variable's value. */
export type VariableType = 'string' | 'number' | 'boolean' | 'array';

/** A variable's value. */
export type VariableValue = string | number | boolean | readonly (string | number)[];

/** A variable that a component declares; everything undeclared stays out of it. */
export interface VariableDeclaration {
  readonly type: VariableType;
  readonly required: boolean;
  readonly default?: VariableValue;
  readonly description?: string;
  /** The router delivers its value with each request. Absent: the process has it, and it is part of the workload's identity. */
  readonly bind?: 'request';
}

/** Everything in git that a component is made of: paths relative to the repository's root. */
export function contentPaths({ path, shared }: Pick<Component, 'path' | 'shared'>): string[] {
  return path === undefined ? [...shared] : [path, ...shared];
}

/** Modules that a component belongs to, in the order of the config. */
export function modulesOf(app: App, component: string): string[] {
  return Object.keys(app.modules).filter((module) => app.modules[module]?.includes(component));
}

/** Name of the process variable that holds a callee's address: `API_SERVER_URL`. */
export function urlVariable(callee: string): string {
  return `${callee.toUpperCase().replaceAll('-', '_')}_URL`;
}
