// Where a registry is: its address, and whether HTTP or HTTPS is spoken there.
import { dockerHub, isLoopback } from '../../core/version/image-reference.ts';

/** Where a registry is: its scheme is known for sure after the first answer. */
export class Origin {
  #scheme: 'http' | 'https';
  #isProven = false;
  readonly #address: string;

  constructor(host: string, insecure: boolean) {
    this.#address = host === dockerHub ? 'registry-1.docker.io' : host;
    this.#scheme = insecure || isLoopback(host) ? 'http' : 'https';
  }

  get isPlain(): boolean {
    return this.#scheme === 'http';
  }

  get url(): URL {
    return new URL(`${this.#scheme}://${this.#address}`);
  }

  /** Where to send a request. Registries behind a proxy may give links with the wrong scheme. */
  resolve(target: string | URL): URL {
    const url = new URL(target, this.url);
    const isOwn = url.hostname === this.url.hostname && url.port === this.url.port;
    return isOwn ? new URL(`${url.pathname}${url.search}`, this.url) : url;
  }

  /** Plain HTTP has been assumed, and no answer has confirmed it yet. */
  get isGuess(): boolean {
    return this.isPlain && !this.#isProven;
  }

  useTls(): void {
    this.#scheme = 'https';
  }

  proven(): void {
    this.#isProven = true;
  }
}
