// Writes schema/fox.*.schema.json, by which editors complete and check fox's files, from the schemas in src/config/.
import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;

const schemas = [
  { source: 'src/config/schema.ts', name: 'configJsonSchema', file: 'schema/fox.config.schema.json' },
  {
    source: 'src/config/environment-schema.ts',
    name: 'environmentJsonSchema',
    file: 'schema/fox.environment.schema.json',
  },
];

for (const { source, name, file } of schemas) {
  // Node 20 can't import TypeScript, so the schema is bundled in memory.
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [source],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  });
  const text = Buffer.from(outputFiles[0].contents).toString('base64');
  const module = await import(`data:text/javascript;base64,${text}`);
  writeFileSync(new URL(`../${file}`, import.meta.url), `${JSON.stringify(module[name](), null, 2)}\n`);
  console.log(`wrote ${file}`);
}
