// Sends what a browser sends, and keeps its cookies: headers as Chromium 150 sends them, to localhost (with fetch metadata) and by plain HTTP to other hosts (without).
import type { Answer, World } from './router-world.ts';

/** Why a browser asks. */
export type Reason = 'typed' | 'link' | 'form' | 'script' | 'style' | 'image' | 'font' | 'call';

const page =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7';

const accepts: Readonly<Record<Reason, string>> = {
  typed: page,
  link: page,
  form: page,
  script: '*/*',
  style: 'text/css,*/*;q=0.1',
  image: 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8',
  font: '*/*',
  call: '*/*',
};

/** Mode, site and destination. */
const metadata: Readonly<Record<Reason, readonly [string, string, string]>> = {
  typed: ['navigate', 'none', 'document'],
  link: ['navigate', 'same-origin', 'document'],
  form: ['navigate', 'same-origin', 'document'],
  script: ['no-cors', 'same-origin', 'script'],
  style: ['no-cors', 'same-origin', 'style'],
  image: ['no-cors', 'same-origin', 'image'],
  font: ['cors', 'same-origin', 'font'],
  call: ['cors', 'same-origin', 'empty'],
};

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

/** A browser that is on one host. */
export class Browser {
  readonly #world: World;
  readonly #host: string;
  readonly #tellsMetadata: boolean;
  #cookies: Cookie[] = [];
  #page = '/';

  constructor(world: World, host = 'localhost', tellsMetadata = true) {
    this.#world = world;
    this.#host = host;
    this.#tellsMetadata = tellsMetadata;
  }

  /** Names and values of the cookies that it has, sorted. */
  get cookies(): string[] {
    return this.#cookies.map(({ name, value, path }) => `${name}=${value} ${path}`).toSorted();
  }

  /** Asks for something; with `follow` also for what it is redirected to. */
  async ask(
    reason: Reason,
    path: string,
    { headers = {}, follow = false }: { headers?: Record<string, string>; follow?: boolean } = {},
  ): Promise<Answer> {
    const isNavigation = ['typed', 'link', 'form'].includes(reason);
    const [mode, site, dest] = metadata[reason];
    const cookies = this.#cookiesFor(path);
    const answer = await this.#world.send(reason === 'form' ? 'POST' : 'GET', path, {
      headers: {
        host: this.#host,
        accept: accepts[reason],
        ...(reason === 'typed' ? {} : { referer: `http://${this.#host}${this.#page}` }),
        ...(this.#tellsMetadata
          ? { 'sec-fetch-mode': mode, 'sec-fetch-site': site, 'sec-fetch-dest': dest }
          : {}),
        ...(cookies === '' ? {} : { cookie: cookies }),
        ...headers,
      },
    });
    this.#keep(answer, path);
    const { location } = answer.headers;
    // Whatever was typed stays so, also after a redirect.
    if (follow && typeof location === 'string')
      return this.ask(reason === 'form' ? 'link' : reason, location, { headers, follow });
    if (isNavigation) this.#page = path;
    return answer;
  }

  #cookiesFor(target: string): string {
    const path = target.split('?')[0] ?? '';
    return this.#cookies
      .filter((each) => each.path === '/' || path === each.path || path.startsWith(`${each.path}/`))
      .toSorted((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  #keep({ headers }: Answer, target: string): void {
    for (const line of [headers['set-cookie'] ?? []].flat()) {
      const [pair = '', ...attributes] = line.split('; ');
      const [name = '', value = ''] = pair.split('=');
      const given = attributes.find((each) => each.startsWith('Path='))?.slice('Path='.length);
      const path = given ?? (target.replace(/\/[^/]*$/, '') || '/');
      this.#cookies = this.#cookies.filter((each) => each.name !== name || each.path !== path);
      if (!attributes.includes('Max-Age=0')) this.#cookies.push({ name, value, path });
    }
  }
}
