// Names of images in registries: `[host[:port]/]path[:tag][@digest]`, with the defaults that Docker Hub has.
import { FoxError } from '../errors.ts';

/** An image, or a repository of images, in a registry. */
export interface RegistryReference {
  /** `host[:port]`, lower-case: `ghcr.io`, `localhost:5000`; Docker Hub is `docker.io`. */
  readonly host: string;
  /** Path without the host: `library/node`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:` and 64 hex digits. It decides; the tag beside it is for people. */
  readonly digest?: string;
}

/** Docker Hub, as it stands in references. */
export const dockerHub = 'docker.io';

const dockerHubNames: readonly string[] = [dockerHub, 'index.docker.io', 'registry-1.docker.io'];

/** Most characters of host and path together. */
const longestName = 255;

/**
 * Reads a reference: `node:24-slim` is `library/node` on Docker Hub.
 * @throws FoxError NAME_INVALID saying what is wrong.
 */
export function parseReference(text: string): RegistryReference {
  const [name = '', digest, ...more] = text.split('@');
  if (more.length > 0) throw invalid(text, 'it has more than one "@"');
  if (text === '') throw invalid(text, 'it is empty');
  if (/\s/.test(text)) throw invalid(text, 'it has white space in it');
  if (/^[a-z]+:\/\//i.test(text)) throw invalid(text, 'it is written without a scheme such as https://');
  const { host, path, tag } = splitName(name);
  const problem = hostProblem(host) ?? pathProblem(path) ?? tagProblem(tag) ?? digestProblem(digest);
  if (problem !== undefined) throw invalid(text, problem);
  const canonical = canonicalHost(host);
  const repository = canonical === dockerHub && !path.includes('/') ? `library/${path}` : path;
  if (canonical.length + 1 + repository.length > longestName) {
    throw invalid(text, `its name is longer than ${longestName} characters`);
  }
  return {
    host: canonical,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The reference in full: `docker.io/library/node:24-slim`. What {@link parseReference} reads as the same again. */
export function formatReference({ host, repository, tag, digest }: RegistryReference): string {
  return `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The one name of a registry that has several: those of Docker Hub are `docker.io`. */
export function canonicalHost(host: string): string {
  const lower = host.toLowerCase();
  return dockerHubNames.includes(lower) ? dockerHub : lower;
}

/** Whether a registry is on this machine: `localhost`, `127.0.0.0/8` or `[::1]`, with any port. */
export function isLoopback(host: string): boolean {
  return /^(localhost|[^/]+\.localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host);
}

function splitName(name: string): { host: string; path: string; tag: string | undefined } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  // As in Docker: a first part without dot or port is a user of Docker Hub.
  const hasHost = /[.:[]/.test(first) || first.toLowerCase() === 'localhost';
  const rest = hasHost ? name.slice(slash + 1) : name;
  const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1);
  return {
    host: hasHost ? first : dockerHub,
    path: colon < 0 ? rest : rest.slice(0, colon),
    tag: colon < 0 ? undefined : rest.slice(colon + 1),
  };
}

const hostName = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)$/i;

function hostProblem(host: string): string | undefined {
  const [name = '', port] = host.split(/:(?=[^\]]*$)/);
  if (!hostName.test(name)) return `"${name}" is not the name of a host`;
  const isPort = port === undefined || (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536);
  return isPort ? undefined : `"${port}" is not a port`;
}

function pathProblem(path: string): string | undefined {
  if (path === '') return 'it lacks the name of a repository';
  if (/[A-Z]/.test(path)) return `"${path}" must be in lower case`;
  const bad = path.split('/').find((part) => !/^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/.test(part));
  if (bad === undefined) return undefined;
  return bad === ''
    ? 'it has an empty part between slashes'
    : `"${bad}" can't be a part of a repository's name`;
}

function tagProblem(tag: string | undefined): string | undefined {
  if (tag === undefined || /^\w[\w.-]{0,127}$/.test(tag)) return undefined;
  return tag === '' ? 'its tag is empty' : `"${tag}" can't be a tag`;
}

function digestProblem(digest: string | undefined): string | undefined {
  if (digest === undefined || /^sha256:[0-9a-f]{64}$/.test(digest)) return undefined;
  return `"${digest}" is not a digest: sha256: and 64 hex digits`;
}

function invalid(text: string, why: string): FoxError {
  return new FoxError('NAME_INVALID', `"${text}" is not an image reference: ${why}`, {
    hints: ['Write it as in node:24-slim, ghcr.io/acme/ui:1.2 or localhost:5000/ui@sha256:…'],
  });
}
