#!/usr/bin/env node
// Plain shim: checks Node before any newer syntax is parsed, then loads the bundle.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`fox needs Node 20.19 or later; this is ${process.versions.node}.`);
  process.exit(3);
}
const { runProcess } = await import('../dist/main.js');
await runProcess();
