// Frames of WebSockets: what a client sends is masked and whole; what a server sends is read however it is cut.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientFrame, FrameReader, opcode } from '../../../src/cluster/web-socket-frame.ts';

/** A server's frame: not masked. */
function serverFrame(code: number, payload: Uint8Array, isLast = true): Buffer {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = (isLast ? 0x80 : 0) | code;
  header[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

/** What a server makes of a client's frame. */
function unmasked(frame: Buffer): Buffer {
  const short = (frame[1] ?? 0) & 0x7f;
  const header = short < 126 ? 2 : short === 126 ? 4 : 10;
  const mask = frame.subarray(header, header + 4);
  return Buffer.from(frame.subarray(header + 4).map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
}

describe('a client', () => {
  test.each([0, 1, 125, 126, 65_535, 65_536, 100_000])('sends %i bytes as one masked frame', (length) => {
    const payload = Buffer.from(Array.from({ length }, (_, index) => index % 251));
    const frame = clientFrame(opcode.binary, payload.subarray(0, 1), payload.subarray(1));
    expect(frame[0]).toBe(0x82);
    expect((frame[1] ?? 0) & 0x80).toBe(0x80);
    expect(unmasked(frame).equals(payload)).toBe(true);
  });
});

describe('frames of a server', () => {
  test('are read however they are cut', () => {
    const frame = fc.record({
      code: fc.constantFrom(0, 1, 2, 8, 9, 10),
      payload: fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat({ max: 70_000 }).map((length) => new Uint8Array(length)),
      ),
      isLast: fc.boolean(),
    });
    const cuts = fc.array(fc.integer({ min: 1, max: 70_000 }));
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), cuts, (frames, sizes) => {
        const bytes = Buffer.concat(frames.map((each) => serverFrame(each.code, each.payload, each.isLast)));
        const reader = new FrameReader();
        const found = [];
        let at = 0;
        for (const size of [...sizes, bytes.length]) {
          found.push(...reader.read(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(found.length).toBe(frames.length);
        for (const [index, each] of frames.entries()) {
          expect(found[index]).toMatchObject({ opcode: each.code, isLast: each.isLast });
          expect(found[index]?.payload.equals(Buffer.from(each.payload))).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ['masked', Buffer.of(0x82, 0x81, 0, 0, 0, 0, 1)],
    ['with extensions that were not agreed on', Buffer.of(0xc2, 0x01, 1)],
    ['endless', Buffer.of(0x82, 0x7f, 0x7f, 0, 0, 0, 0, 0, 0, 0)],
  ])('that no server may send are refused: %s', (_, bytes) => {
    expect(() => [...new FrameReader().read(bytes)]).toThrow(/frame/);
  });
});
