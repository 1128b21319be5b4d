// The shape of the routers' settings: whom they trust, and what they allow.
import * as z from 'zod';
import { networkFlaw } from '../core/routing/networks.ts';
import { byteSize, flag, list, map, text } from './schema-terms.ts';

const network = () =>
  text().refine((name) => networkFlaw(name) === undefined, {
    error: ({ input }) => networkFlaw(String(input)) ?? '',
  });

/** Settings of the routers of a place. */
export const router = z.strictObject(
  {
    trustedProxies: list(network(), '[10.0.0.0/8]')
      .optional()
      .describe(
        'Addresses and networks of the proxies in front of the routers: only their X-Forwarded-* headers are believed. Default: none',
      ),
    internalNetworks: list(network(), '[10.0.0.0/8]')
      .optional()
      .describe(
        'Addresses and networks of clients that may ask for every version and virtual environment by name, whatever its access. Default: none',
      ),
    maxBody: byteSize()
      .optional()
      .describe(
        'Request bodies that are larger are refused, where a route says nothing else. Default: no limit',
      ),
    accessLog: flag()
      .optional()
      .describe('Write a line per request to the log of the routers. Default: true'),
  },
  { error: `${map}, such as { trustedProxies: [10.0.0.0/8] }` },
);
