// Speaks to a cluster's API the plain way, to plant what would take too long to run, and to flip releases.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';

function decoded(data) {
  return data === undefined ? undefined : Buffer.from(data, 'base64');
}

/** Where a kubeconfig with one cluster and one user leads to, and what is shown there: a token, or a certificate. */
export function connectionOf(kubeconfig) {
  const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8'));
  const { server, 'certificate-authority-data': authority } = clusters[0].cluster;
  const { token, 'client-certificate-data': certificate, 'client-key-data': key } = users[0].user;
  return {
    server,
    tls: { ca: decoded(authority), cert: decoded(certificate), key: decoded(key) },
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  };
}

/** A client of the cluster in a kubeconfig. */
export function connect(kubeconfig) {
  const { server, tls, headers } = connectionOf(kubeconfig);
  const agent = new Agent({ keepAlive: true, ...tls });
  const send = (method, path, body, contentType = 'application/json') =>
    new Promise((resolve, reject) => {
      const content = body === undefined ? '' : JSON.stringify(body);
      // Node says nothing of the length of a DELETE's body: its rest would be taken for the next request.
      const length = { 'content-type': contentType, 'content-length': Buffer.byteLength(content) };
      const outgoing = request(
        new URL(path, server),
        { method, agent, headers: { ...headers, ...length } },
        (response) => {
          let text = '';
          response.on('data', (chunk) => (text += chunk));
          response.on('end', () =>
            response.statusCode < 400
              ? resolve(JSON.parse(text))
              : reject(Object.assign(new Error(text), { status: response.statusCode })),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(content);
    });
  /** Tells of every object of a collection, those that are there first, until the signal aborts. */
  const watch = (path, signal, tell) => {
    const options = { headers, signal, ...tls };
    const outgoing = request(new URL(`${path}?watch=1`, server), options, (response) => {
      let rest = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop();
        for (const line of lines) tell(JSON.parse(line));
      });
      response.on('error', (error) => unlessAborted(error, signal));
    });
    outgoing.on('error', (error) => unlessAborted(error, signal)).end();
  };
  return { send, watch, close: () => agent.destroy() };
}

function unlessAborted(error, signal) {
  if (!signal.aborted) throw error;
}

/** Creates a Deployment without pods for each component of a plan: what a plan sees of a workload that runs. */
export async function plantWorkloads({ send }, plan, namespace = 'default') {
  for (const { name, workload } of plan.components) {
    const selector = {
      'kubefox.io/app': plan.app,
      'kubefox.io/component': name,
      'kubefox.io/hash': workload,
    };
    await send('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: `${plan.app}-${name}-${workload.slice(0, 8)}`,
        labels: { ...selector, 'app.kubernetes.io/managed-by': 'fox' },
      },
      spec: {
        replicas: 0,
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: selector },
          spec: { containers: [{ name, image: 'bench@sha256:0' }] },
        },
      },
    });
  }
}
