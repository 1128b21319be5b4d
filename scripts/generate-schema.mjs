// Writes schema/fox.config.schema.json, by which editors complete and check fox.config.*, from src/config/schema.ts.
import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;

// Node 20 can't import TypeScript, so the schema is bundled in memory.
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/config/schema.ts'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  logLevel: 'warning',
});
const { configJsonSchema } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);
const file = new URL('../schema/fox.config.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
console.log('wrote schema/fox.config.schema.json');
