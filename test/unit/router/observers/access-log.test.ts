// The access log: what a line tells, and that nobody waits for whoever reads it.
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AccessLog, requestLine } from '../../../../src/router/observers/access-log.ts';
import type { Observation } from '../../../../src/router/observers/observation.ts';

function observation(change: Partial<Observation> = {}): Observation {
  return {
    side: 'edge',
    began: 1_000,
    method: 'GET',
    target: '/orders/7?kf-sig=1.secret&q=private',
    client: '203.0.113.9',
    host: 'shop.example.com',
    requestId: 'r-1',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    attempts: 1,
    waited: 0,
    bytesIn: 3,
    bytesOut: 12,
    observers: [],
    ...change,
  };
}

/** A stream whose reader can be stuck: nothing is taken until `take` is called. */
class Reader extends Writable {
  text = '';
  writes = 0;
  #isStuck: boolean;
  #left: (() => void)[] = [];

  constructor(isStuck = false) {
    super({ decodeStrings: false });
    this.#isStuck = isStuck;
  }

  override _write(chunk: string, _: BufferEncoding, done: () => void): void {
    this.text += chunk;
    this.writes += 1;
    if (this.#isStuck) this.#left.push(done);
    else done();
  }

  take(): void {
    this.#isStuck = false;
    for (const done of this.#left.splice(0)) done();
  }

  get lines(): Record<string, unknown>[] {
    return this.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

describe('a line', () => {
  test('tells where a request went and how long that took, and nothing of its query', () => {
    const hash = '1234567890'.repeat(4);
    const told = observation({
      app: 'shop',
      version: 'v1',
      environment: 'dev',
      component: 'ui',
      workload: `shop/ui/${hash}`,
      pod: 'shop-ui-12345678-x',
      rule: 'PathPrefix(`/`)',
      status: 200,
      waited: 2.34,
      answered: 1_010.26,
      end: 'complete',
    });
    const line = requestLine(told, new Date(0), 1_020.04);
    expect(line).not.toMatch(/secret|private/);
    expect(line.endsWith('\n')).toBe(true);
    expect(JSON.parse(line)).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      level: 'info',
      event: 'request',
      side: 'edge',
      method: 'GET',
      host: 'shop.example.com',
      path: '/orders/7',
      status: 200,
      app: 'shop',
      version: 'v1',
      environment: 'dev',
      component: 'ui',
      workload: 'shop-ui-12345678',
      pod: 'shop-ui-12345678-x',
      route: 'PathPrefix(`/`)',
      attempts: 1,
      waitedMs: 2.3,
      headMs: 10.3,
      ms: 20,
      bytesIn: 3,
      bytesOut: 12,
      client: '203.0.113.9',
      requestId: 'r-1',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      end: 'complete',
    });
  });

  test('of a call tells who called, and of a refusal why, also where the client isn’t told', () => {
    const workload = `shop/api/${'a'.repeat(40)}`;
    const caller = { app: 'shop', component: 'api', workload, calls: [] };
    const told = { side: 'internal', caller, hopContext: 'carried', problem: 'access-refused' } as const;
    const line = requestLine(
      observation({ ...told, reason: 'team-a: its access is internal' }),
      new Date(),
      0,
    );
    expect(JSON.parse(line)).toMatchObject({
      side: 'internal',
      caller: 'shop-api-aaaaaaaa',
      context: 'carried',
      problem: 'access-refused',
      reason: 'team-a: its access is internal',
    });
  });

  test('is bounded, and stays one line, whatever is asked for', () => {
    const target = `/${'x'.repeat(30_000)}\n{"event":"request"}`;
    const line = requestLine(observation({ target }), new Date(), 0);
    expect(line.length).toBeLessThan(3_000);
    expect(line.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('the log', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('writes the lines of a while at once', async () => {
    const reader = new Reader();
    const log = new AccessLog(reader, () => true);
    for (let index = 0; index < 50; index += 1) log.onEnd(observation({ requestId: String(index) }));
    expect(reader.writes).toBe(0);
    await vi.advanceTimersByTimeAsync(100);
    expect(reader.writes).toBe(1);
    expect(reader.lines.map(({ requestId }) => requestId)).toEqual(
      Array.from({ length: 50 }, (_, i) => String(i)),
    );
  });

  test('writes what waits at the end', async () => {
    const reader = new Reader();
    const log = new AccessLog(reader, () => true);
    log.onEnd(observation());
    await log.flush();
    expect(reader.lines).toHaveLength(1);
  });

  test('is silent as long as it is switched off', async () => {
    const reader = new Reader();
    let isOn = false;
    const log = new AccessLog(reader, () => isOn);
    log.onEnd(observation({ requestId: 'unseen' }));
    isOn = true;
    log.onEnd(observation({ requestId: 'seen' }));
    await log.flush();
    expect(reader.lines.map(({ requestId }) => requestId)).toEqual(['seen']);
  });

  test('leaves lines out while nobody takes them, holds little, and says how many are missing', async () => {
    const reader = new Reader(true);
    const log = new AccessLog(reader, () => true);
    const asked = 50_000;
    for (let index = 0; index < asked; index += 1) log.onEnd(observation());
    expect(reader.writableLength).toBeLessThan(5 * 1024 * 1024);
    // Nobody waits for ever for a reader that is stuck.
    const flushed = log.flush();
    await vi.advanceTimersByTimeAsync(1_000);
    await flushed;
    reader.take();
    await vi.advanceTimersByTimeAsync(100);
    log.onEnd(observation({ requestId: 'last' }));
    await log.flush();
    const told = reader.lines.filter(({ event }) => event === 'request');
    const [gap] = reader.lines.filter(({ event }) => event === 'requests-not-logged');
    expect(told.at(-1)).toMatchObject({ requestId: 'last' });
    expect(told.length).toBeLessThan(asked);
    expect(gap).toMatchObject({ level: 'warning', count: asked + 1 - told.length });
  });
});
