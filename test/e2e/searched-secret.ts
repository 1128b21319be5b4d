// A secret to search for: whatever fox prints, writes or runs is looked through for its value in any form.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openTransport, wholeText } from '../../src/cluster/api/transport.ts';
import { readConnection } from '../../src/cluster/connection/embedded-kubeconfig.ts';

/** A value that stands nowhere else. It has characters in it that JSON, YAML, URLs and shells write in other ways. */
export function newSecret(): string {
  return `${randomBytes(9).toString('hex')}"'/+ü€&%$ ${randomBytes(9).toString('hex')}`;
}

/** Everything by which the value could be read again. Its first part is random, and written the same way by JSON, YAML, URLs and shells. */
export function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const start = value.slice(0, 18);
  return [
    start,
    value.slice(-18),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    // Without a key anybody could try values out.
    ...['md5', 'sha1', 'sha256', 'sha512'].map((name) => createHash(name).update(bytes).digest('hex')),
    // Three ways in which it can stand in the base64 of something longer; and base64 of base64.
    ...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),
    ...[0, 1, 2].flatMap((offset) => base64At(Buffer.from(bytes.toString('base64')), offset)),
  ];
}

/** The part of its base64 that doesn't depend on what stands around it. */
function base64At(bytes: Buffer, offset: number): string[] {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const sure = text.slice(offset === 0 ? 0 : 4, 4 + 20);
  return [sure, sure.replaceAll('+', '-').replaceAll('/', '_')];
}

/** Where a value was found, and in what. */
export interface Found {
  readonly place: string;
  readonly around: string;
}

/** Looks for values in everything that it is given. */
export class SecretSearch {
  readonly #forms: readonly string[];
  readonly found: Found[] = [];
  /** How much was looked through. */
  readonly looked = { texts: 0, files: 0, objects: 0, commands: 0 };

  constructor(values: readonly string[]) {
    this.#forms = values.flatMap(formsOf);
  }

  /** Looks through a text; `place` says what it is. */
  text(place: string, text: string): void {
    this.looked.texts++;
    for (const form of this.#forms) {
      const at = text.indexOf(form);
      if (at >= 0) this.found.push({ place, around: text.slice(Math.max(0, at - 60), at + 60) });
    }
  }

  /** Looks through bytes, and through what is compressed in them. */
  bytes(place: string, bytes: Buffer): void {
    this.text(place, bytes.toString('latin1'));
    this.text(place, bytes.toString('utf8'));
    const start = bytes.indexOf(Buffer.from([0x1f, 0x8b, 0x08]));
    if (start < 0) return;
    try {
      this.text(`${place} (unpacked)`, gunzipSync(bytes.subarray(start)).toString('utf8'));
    } catch {
      // It only looked like it.
    }
  }

  /** Looks through all files below a directory, and their names. */
  async files(directory: string): Promise<void> {
    for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
      const path = join(entry.parentPath, entry.name);
      this.text('a name', path);
      if (!entry.isFile()) continue;
      this.looked.files++;
      // Gone meanwhile, as logs and scratch files are.
      this.bytes(path, await readFile(path).catch(() => Buffer.alloc(0)));
    }
  }

  /** Looks through the command lines of all processes. */
  async commands(): Promise<void> {
    for (const line of await commandLines()) {
      this.looked.commands++;
      this.text('a command line', line);
    }
  }

  /** Looks through every object of a cluster; of Secrets only at what isn't their data. */
  async objects(kubeconfig: string): Promise<void> {
    const transport = openTransport(await readConnection(kubeconfig));
    const get = async (path: string) => {
      const { body } = await transport.send({ method: 'GET', path });
      return JSON.parse(await wholeText(body)) as Listing;
    };
    try {
      const groups = (await get('/apis')).groups?.map(
        ({ preferredVersion }) => preferredVersion.groupVersion,
      );
      for (const base of ['/api/v1', ...(groups ?? []).map((group) => `/apis/${group}`)]) {
        for (const { name, verbs } of (await get(base)).resources ?? []) {
          if (!verbs.includes('list')) continue;
          for (const object of (await get(`${base}/${name}`)).items ?? []) this.#object(name, object);
        }
      }
    } finally {
      transport.close();
    }
  }

  #object(resource: string, { data, stringData, binaryData = {}, ...rest }: ListedObject): void {
    this.looked.objects++;
    const place = `${resource}/${rest.metadata.name}`;
    this.text(place, JSON.stringify(rest));
    if (resource === 'secrets') return;
    this.text(place, JSON.stringify([data, stringData]));
    for (const text of Object.values(binaryData)) this.bytes(place, Buffer.from(text, 'base64'));
  }
}

interface ListedObject {
  readonly metadata: { readonly name: string };
  readonly data?: unknown;
  readonly stringData?: unknown;
  readonly binaryData?: Readonly<Record<string, string>>;
}

interface Listing {
  readonly groups?: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
  readonly resources?: readonly { readonly name: string; readonly verbs: readonly string[] }[];
  readonly items?: readonly ListedObject[];
}

async function commandLines(): Promise<string[]> {
  const pids = await readdir('/proc').catch(() => []);
  if (pids.length === 0) return processList();
  const lines = pids
    .filter((name) => /^\d+$/.test(name))
    .map(async (pid) => readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => ''));
  return Promise.all(lines);
}

/** Where there is no /proc. */
async function processList(): Promise<string[]> {
  return new Promise((resolve, reject) => {
    execFile('ps', ['-axww', '-o', 'args='], { maxBuffer: 2 ** 26 }, (error, stdout) => {
      if (error === null) resolve(stdout.split('\n'));
      else reject(error);
    });
  });
}
