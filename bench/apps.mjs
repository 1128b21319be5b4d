// Apps of any size in fresh repositories, for benches.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const server =
  "require('node:http').createServer((_, response) => response.end('ok')).listen(process.env.PORT);\n";

/**
 * Writes an app of many small components, and further files that belong to none of them, as one commit. `settings` are
 * those of each component, beside its path and command, or give them by its index; `place` those of the whole config.
 */
export function writeApp(directory, { components, files = 0, settings = {}, place = {} }) {
  mkdirSync(directory, { recursive: true });
  const settingsOf = typeof settings === 'function' ? settings : () => settings;
  const top = Object.entries(place).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const config = ['app: bench', ...top, 'components:'];
  for (let index = 0; index < components; index++) {
    const name = `c${String(index).padStart(4, '0')}`;
    mkdirSync(join(directory, 'components', name), { recursive: true });
    writeFileSync(join(directory, 'components', name, 'server.cjs'), `// ${name}\n${server}`);
    // JSON is YAML.
    const more = Object.entries(settingsOf(index)).map(
      ([key, value]) => `, ${key}: ${JSON.stringify(value)}`,
    );
    config.push(`  ${name}: { path: components/${name}, command: [node, server.cjs]${more.join('')} }`);
  }
  writeFileSync(join(directory, 'fox.config.yaml'), `${config.join('\n')}\n`);
  for (let index = 0; index < files; index++) {
    const folder = join(directory, 'other', String(index % 100));
    if (index < 100) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${index}.txt`), `${index}\n`);
  }
  git(directory, 'init', '--quiet', '--initial-branch=main');
  git(directory, 'add', '--all');
  git(
    directory,
    '-c',
    'user.name=bench',
    '-c',
    'user.email=bench@localhost',
    'commit',
    '--quiet',
    '--message',
    'bench',
  );
}

function git(cwd, ...args) {
  execFileSync('git', args, {
    cwd,
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
