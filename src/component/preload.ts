// For components in Node, loaded before their own code: every call to another component carries the context of the request that it is made for.
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { calleesOf } from './preload/callees.ts';
import { carryByFetch } from './preload/fetch-calls.ts';
import { harmlessly } from './preload/harmless.ts';
import { carryByHttp } from './preload/http-calls.ts';
import { keepContexts } from './preload/incoming.ts';
import { carryByUndici } from './preload/undici-calls.ts';

/** It may be loaded twice, by fox and by hand; and in each worker thread. */
const loaded = Symbol.for('fox.preload');
const here = globalThis as { [loaded]?: true };

if (here[loaded] === undefined) {
  here[loaded] = true;
  harmlessly(() => {
    const isCallee = calleesOf(process.env);
    const steps = [
      () => keepContexts(http.Server.prototype),
      () => keepContexts(https.Server.prototype),
      () => carryByHttp(http, isCallee),
      () => carryByHttp(https, isCallee),
      () => carryByUndici(isCallee),
      () => carryByFetch(isCallee),
      // For `import { request } from 'node:http'`.
      syncBuiltinESMExports,
    ];
    // One that some Node doesn't let happen leaves the others.
    for (const step of steps) harmlessly(step);
  });
}
