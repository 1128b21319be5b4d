// The environment that a build command gets: where tools and packages come from, and nothing else of the user's.
import { fixedTime } from './layer.ts';

/** Names that a build may see; they say where things are, not what is built. */
const allowed: readonly RegExp[] = [
  /^(PATH|HOME|USER|LOGNAME|TMPDIR|XDG_CACHE_HOME)$/,
  /^(https?|all|no)_proxy$/i,
  /^(SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|GIT_SSL_CAINFO)$/,
  /^(JAVA_HOME|GOROOT|GOPROXY|CARGO_HOME|RUSTUP_HOME|VOLTA_HOME|COREPACK_HOME|PIP_INDEX_URL)$/,
  // Of npm's settings only where packages come from and who asks for them: when fox itself runs from an npm script,
  // the rest (prefix, local_prefix, workspace, production, …) describes that script's package.
  /^npm_config_(registry|@.+:registry|\/\/.+|ca|cafile|cert|key|cache|proxy|https_proxy|noproxy|strict_ssl|userconfig|globalconfig|prefer_offline|offline|maxsockets|fetch_.+)$/i,
];

/** What a build command in the scratch directory `scratch` sees of the environment `env`. */
export function buildEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  scratch: string,
): Record<string, string> {
  const seen: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && allowed.some((pattern) => pattern.test(name))) seen[name] = value;
  }
  return {
    ...seen,
    CI: 'true',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    SOURCE_DATE_EPOCH: String(fixedTime),
    // git must not take a repository around the scratch directory for the component's.
    GIT_CEILING_DIRECTORIES: scratch,
  };
}
