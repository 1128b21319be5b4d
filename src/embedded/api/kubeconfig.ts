// The kubeconfig by which fox, kubectl and the router reach the embedded cluster.

/** Where the API is, and what its clients need. */
export interface KubeconfigOptions {
  /** Base URL. */
  readonly server: string;
  /** PEM of the authority that clients trust. */
  readonly authority: string;
  readonly token: string;
}

/** The file's text: one context, `fox`, in the namespace `default`. It holds the token: keep it private (0600). */
export function renderKubeconfig({ server, authority, token }: KubeconfigOptions): string {
  const name = 'fox';
  // JSON is YAML, and fox reads it faster.
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name, cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
