// Stands before a server and counts what is asked of it.
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/**
 * Listens on a free port of loopback and passes everything on to `server`, with `headers` added.
 * `requests` are those so far, as `GET /path`; `take()` gives them and forgets them.
 */
export async function startCountingProxy({ server, tls = {}, headers = {} }) {
  let requests = [];
  const send = server.startsWith('https:') ? httpsRequest : httpRequest;
  const proxy = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${new URL(incoming.url, server).pathname}`);
    const own = { ...incoming.headers, ...headers, host: new URL(server).host };
    const forwarded = send(
      new URL(incoming.url, server),
      { method: incoming.method, headers: own, ...tls },
      (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.on('error', (error) => outgoing.destroy(error));
    outgoing.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    host: `127.0.0.1:${proxy.address().port}`,
    take: () => {
      const taken = requests;
      requests = [];
      return taken;
    },
    close: () => {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}
