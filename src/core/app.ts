// An app as its config describes it, after validation: what there is to build, run and route.

/** The app of one `fox.config.*` at one commit. */
export interface App {
  readonly name: string;
  /** Components by name, in the order of the config. */
  readonly components: Readonly<Record<string, Component>>;
  /** Named groups of components. */
  readonly modules: Readonly<Record<string, readonly string[]>>;
}

/** One directory, one image, one process that serves HTTP. */
export interface Component {
  readonly name: string;
  /** Directory, relative to the repository's root; `''` is the root itself. */
  readonly path: string;
  /** Further files and directories that belong to its content, relative to the repository's root; sorted. */
  readonly shared: readonly string[];
  readonly build: Build;
  /** The process: program and arguments; run in the component's directory. */
  readonly command: readonly string[];
  /** Port of its Service on Kubernetes and default for `PORT` there. */
  readonly port: number;
  readonly routes: readonly Route[];
  /** Components that it may call; sorted. */
  readonly calls: readonly string[];
  /** It passes the `baggage` header on to what it calls. */
  readonly forwardsContext: boolean;
  /** Variables that it needs, by name. */
  readonly env: Readonly<Record<string, VariableDeclaration>>;
  /** Path that answers 2xx or 3xx when the component is ready; absent: ready when its port accepts connections. */
  readonly healthPath?: string;
  readonly replicas: number;
}

/** How a component's image is made: its files, and what an optional command does to them. */
export interface Build {
  /** Run by `sh -c` in the component's directory. */
  readonly command?: string;
}

/** Requests that match `rule` enter the app at this component. */
export interface Route {
  readonly rule: string;
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
}

/** Modules that a component belongs to, in the order of the config. */
export function modulesOf(app: App, component: string): string[] {
  return Object.keys(app.modules).filter((module) => app.modules[module]?.includes(component));
}

/** Name of the process variable that holds a callee's address: `API_SERVER_URL`. */
export function urlVariable(callee: string): string {
  return `${callee.toUpperCase().replaceAll('-', '_')}_URL`;
}
