// What a browser wants with a request: to go somewhere, or to get a part of the page that it is on; and whether that page is one of ours.

/** What is asked for. */
export interface FetchIntent {
  /**
   * `navigation`: a document to go to · `part`: something that a page, or a program, asks for · `unclear`: nothing tells,
   * except maybe the response: whoever gets HTML may have wanted to go there.
   */
  readonly kind: 'navigation' | 'part' | 'unclear';
  /** A navigation that no page of this host has led to: typed, a bookmark, or a link from elsewhere. */
  readonly isFromElsewhere: boolean;
  /** The browser says all this itself. */
  readonly isTold: boolean;
  /** An asset of a page, as far as the browser says so: a script, a style, an image or a font. */
  readonly isAsset: boolean;
}

/** What of a request tells. */
export interface IntentRequest {
  readonly method: string;
  /** Name, value, … */
  readonly headers: readonly string[];
  /** The host that the browser asked for, with its port. */
  readonly host: string | undefined;
}

const told: ReadonlySet<string> = new Set([
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-dest',
  'accept',
  'referer',
]);

const assets: ReadonlySet<string> = new Set(['script', 'style', 'image', 'font']);

/**
 * By fetch metadata (https://www.w3.org/TR/fetch-metadata/), which browsers send by https and to localhost; without it, by
 * `Accept` and `Referer`.
 */
export function fetchIntent({ method, headers, host }: IntentRequest): FetchIntent {
  const values = new Map<string, string>();
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]?.toLowerCase() ?? '';
    if (told.has(name) && !values.has(name)) values.set(name, headers[index + 1] ?? '');
  }
  const mode = values.get('sec-fetch-mode');
  if (mode === undefined) return guessIntent(method, values.get('accept'), values.get('referer'), host);
  const isNavigation = mode === 'navigate';
  return {
    kind: isNavigation ? 'navigation' : 'part',
    isFromElsewhere: isNavigation && values.get('sec-fetch-site') !== 'same-origin',
    isTold: true,
    isAsset: assets.has(values.get('sec-fetch-dest') ?? '') && (method === 'GET' || method === 'HEAD'),
  };
}

function guessIntent(
  method: string,
  accept: string | undefined,
  referer: string | undefined,
  host: string | undefined,
): FetchIntent {
  if (accept !== undefined && /text\/html/i.test(accept))
    return { kind: 'navigation', isFromElsewhere: !isOfHost(referer, host), isTold: false, isAsset: false };
  const isSilent = accept === undefined || accept.trim() === '*/*';
  return {
    kind: isSilent && method === 'GET' ? 'unclear' : 'part',
    isFromElsewhere: false,
    isTold: false,
    isAsset: false,
  };
}

function isOfHost(referer: string | undefined, host: string | undefined): boolean {
  const authority = /^https?:\/\/([^/?#]+)/i.exec(referer ?? '')?.[1];
  return authority !== undefined && authority.toLowerCase() === host?.toLowerCase();
}
