// On the embedded cluster the port by which a call comes in tells who calls, and whom.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Call } from '../../../../src/router/callers/callers.ts';
import { PortCallers } from '../../../../src/router/callers/port-callers.ts';
import type { RoutedPod } from '../../../../src/router/cluster/routed-pod.ts';

async function freePort(): Promise<number> {
  const server = createNetServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function podOf(component: string, callPorts: Record<string, number>): RoutedPod {
  return {
    name: `${component}-1`,
    app: 'shop',
    component,
    workload: `shop/${component}/1`,
    isAlive: true,
    uid: component,
    calls: [],
    addresses: [],
    since: 0,
    mayCall: true,
    callPorts: new Map(Object.entries(callPorts)),
  };
}

/** Callers whose servers answer with who calls whom. */
function makeCallers() {
  const made: Server[] = [];
  const warnings: string[] = [];
  const callers: PortCallers = new PortCallers(
    () => {
      const server = createServer((request, response) =>
        callers.identify(request, (call) => {
          const { caller, callee } = call as Call;
          response.end(`${caller.component} calls ${callee}`);
        }),
      );
      made.push(server);
      return server;
    },
    (_, event) => warnings.push(event),
  );
  onTestFinished(() => {
    callers.stop();
    for (const server of made) {
      server.close();
      server.closeAllConnections();
    }
  });
  return { callers, made, warnings };
}

async function ask(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })).text();
}

test('each port has a caller and a callee', async () => {
  const { callers, made } = makeCallers();
  const [api, review] = [await freePort(), await freePort()];
  callers.setPod(podOf('ui', { api, review }));
  await Promise.all(made.map(async (server) => server.listening || once(server, 'listening')));
  expect([await ask(api), await ask(review)]).toEqual(['ui calls api', 'ui calls review']);
});

test('a port goes to the workload that was told of last', async () => {
  const { callers, made } = makeCallers();
  const port = await freePort();
  callers.setPod(podOf('ui', { api: port }));
  callers.deletePod(podOf('ui', {}));
  callers.setPod(podOf('admin', { api: port }));
  await Promise.all(made.map(async (server) => server.listening || once(server, 'listening')));
  expect(await ask(port)).toBe('admin calls api');
  expect(callers.servers()).toHaveLength(1);
});

test('a port that is taken is told, and opened once it is free', async () => {
  const { callers, made, warnings } = makeCallers();
  const other = createNetServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  callers.setPod(podOf('ui', { api: port }));
  const [server] = made;
  if (server === undefined) throw new Error('no server');
  await once(server, 'error');
  expect(warnings).toEqual(['call-port-taken']);
  other.close();
  await once(server, 'listening');
  expect(await ask(port)).toBe('ui calls api');
});

test('once it is stopped no port is opened any more, so that the end of all servers is the end', async () => {
  const { callers, made } = makeCallers();
  const [first, later] = [await freePort(), await freePort()];
  callers.setPod(podOf('ui', { api: first }));
  callers.stop();
  callers.setPod(podOf('admin', { api: later }));
  expect(made).toHaveLength(1);
  expect(callers.servers()).toEqual(made);
});
