// Bad requests get a clear answer or a clean end, reach nothing that they mustn't, and leave nothing behind.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BadRequest, badRequests } from './bad-requests.ts';
import { AttackedRouter } from './bad-request-world.ts';
import { hasManyLoopbacks } from './router-pod-world.ts';
import { until } from './router-world.ts';

describe.skipIf(!hasManyLoopbacks)('bad requests (needs pods with loopback addresses of their own)', () => {
  let attacked: AttackedRouter;
  beforeAll(async () => {
    attacked = await AttackedRouter.start();
  });
  afterAll(async () => attacked.end());
  beforeEach(() => attacked.forget());

  for (const at of ['edge', 'internal'] as const) {
    describe.each(Object.entries(badRequests))(`at the ${at} port: %s`, (_, requests) => {
      const cases: readonly BadRequest[] = requests;
      test.each(cases.filter((each) => (each.at ?? at) === at))('$name', async (bad) => {
        const connection = attacked.connect(at);
        connection.socket.write(bad.bytes(), 'latin1');
        if (bad.leaves === 'open') {
          await until('all is answered', () => connection.statuses().length === bad.answers.length);
          // Whatever was wrong, the connection is understood as before.
          connection.socket.write('GET /next HTTP/1.1\r\nhost: page\r\nconnection: close\r\n\r\n');
        }
        await until('the connection is closed', connection.isClosed);
        const last = bad.leaves === 'open' ? [200] : [];
        const expected = [...bad.answers, ...last].map((each) => (typeof each === 'number' ? [each] : each));
        const statuses = connection.statuses();
        expect(statuses).toHaveLength(expected.length);
        for (const [index, status] of statuses.entries()) expect(expected[index]).toContain(status);
        const reached = attacked.reached.filter((url) => url !== '/next');
        const extra = reached.filter((url) => !(bad.reaches ?? []).includes(url));
        expect(reached).toEqual([...(bad.reaches ?? []), ...extra]);
        expect(bad.mayReach ?? []).toEqual(expect.arrayContaining(extra));
        expect(attacked.secrets).toEqual([]);
        expect(await attacked.ask()).toBe('page');
      });
    });
  }

  test('CONNECT with a client that is gone before the answer ends nothing', async () => {
    for (let index = 0; index < 20; index++) {
      const { socket, isClosed } = attacked.connect('edge');
      socket.write('CONNECT page:443 HTTP/1.1\r\nhost: page\r\n\r\n', () => socket.resetAndDestroy());
      await until('it is closed', isClosed);
    }
    expect(await attacked.ask()).toBe('page');
  });

  test.each(earlyEnds())('a client that is gone %s', async (_, bytes) => {
    for (const end of ['end', 'resetAndDestroy'] as const) {
      const { socket, isClosed } = attacked.connect('edge');
      socket.write(bytes, 'latin1', () => socket[end]());
      await until('it is closed', isClosed);
    }
    expect(await attacked.ask()).toBe('page');
    expect(attacked.reached.filter((url) => url.startsWith('/smuggled'))).toEqual([]);
  });

  test('a client that leaves while several of its requests wait: only the first reaches a component', async () => {
    const { socket, isClosed } = attacked.connect('edge');
    socket.write(
      `GET /held HTTP/1.1\r\nhost: page\r\n\r\n${'GET /big HTTP/1.1\r\nhost: page\r\n\r\n'.repeat(5)}`,
    );
    await until('the first has arrived', () => attacked.reached.includes('/held'));
    socket.destroy();
    await until('it is closed', isClosed);
    await until('the component sees it', () => attacked.left.includes('/held'));
    expect(await attacked.ask()).toBe('page');
    expect(attacked.reached).not.toContain('/big');
  });
});

/** Where a request can break off. */
function earlyEnds(): [string, string][] {
  const head = 'POST /post HTTP/1.1\r\nhost: page\r\n';
  return [
    ['without a byte', ''],
    ['in the method', 'PO'],
    ['in the target', 'POST /po'],
    ['in the version', 'POST /post HTTP/1'],
    ['in a header', `${head}content-le`],
    ['before the end of the head', `${head}content-length: 100\r\n`],
    ['before the body', `${head}content-length: 100\r\n\r\n`],
    ['in the body', `${head}content-length: 100\r\n\r\nhalf`],
    ['in a chunk', `${head}transfer-encoding: chunked\r\n\r\n20\r\nhalf`],
    ['in the size of a chunk', `${head}transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n2`],
    ['in the trailers', `${head}transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\nx-a`],
    ['while it waits', 'GET /held HTTP/1.1\r\nhost: page\r\n\r\n'],
    ['while it is answered', 'GET /big HTTP/1.1\r\nhost: page\r\n\r\n'],
    ['after half of a second request', 'GET / HTTP/1.1\r\nhost: page\r\n\r\nGET /smuggled HT'],
  ];
}
