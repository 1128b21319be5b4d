// A process that puts images into a layout, for tests that run several at once, kill them or measure their memory.
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLayout } from '../../src/images/oci-layout.ts';
import { treeBuilder } from '../../src/images/tree-builder.ts';

const [layout = '', scratch = '', name = '', count = '1', size = '1000'] = process.argv.slice(2);
const store = openLayout(layout);

for (let number = 0; number < Number(count); number++) {
  const sourceHash = Buffer.from(`${name}-${number}`).toString('hex').padEnd(64, '0');
  const reference = { app: 'app', component: name, sourceHash };
  const image = await treeBuilder(process.env).build({
    reference,
    path: '',
    readTree: async (into) => {
      await writeFile(join(into, 'server.js'), `${name} ${number}`);
      await truncate(join(into, 'server.js'), Number(size));
    },
    build: {},
    platforms: ['linux/amd64'],
    origin: { commit: 'c'.repeat(40), committedAt: 0, version: 'v1' },
    scratch,
    onOutput: () => undefined,
    signal: new AbortController().signal,
  });
  const digest = await store.put(reference, image);
  await image.dispose();
  process.stdout.write(
    `${JSON.stringify({ sourceHash, digest, memory: process.resourceUsage().maxRSS * 1024 })}\n`,
  );
}
