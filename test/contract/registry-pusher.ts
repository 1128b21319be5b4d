// A process that pushes an image, for tests that kill it or start it in another environment.
import { openRegistryStore } from '../../src/images/registry/registry-store.ts';
import { bytesOf, fileLayer, imageOf, referenceOf } from './registry-image.ts';

const [prefix = '', component = '', size = '1000', directory = ''] = process.argv.slice(2);
const layers = await Promise.all(
  ['base', component].map((name) => fileLayer(directory, bytesOf(name, Number(size)))),
);
const store = openRegistryStore({
  prefix,
  env: process.env,
  signal: new AbortController().signal,
  patience: { attempts: 3, firstWaitMs: 5 },
});
try {
  const digest = await store.put(referenceOf(component), imageOf(layers));
  process.stdout.write(`${JSON.stringify({ digest })}\n`);
} catch (error) {
  const { message, hints } = error as { message: string; hints?: readonly string[] };
  process.stdout.write(`${JSON.stringify({ message, hints })}\n`);
}
await store.close();
