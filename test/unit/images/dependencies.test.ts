import { expect, test } from 'vitest';
import { dependencyDirectories } from '../../../src/images/dependencies.ts';
import { temporaryDirectory, writeTree } from './fixture.ts';

test('directories of package managers are found, the outermost of each, and nothing that is called so by chance', async () => {
  const directory = await temporaryDirectory();
  await writeTree(directory, {
    'web/node_modules/a/node_modules/b/index.js': { content: '' },
    'api/.venv/lib/python3/site-packages/x.py': { content: '' },
    'api/lib/site-packages/y.py': { content: '' },
    'go/vendor/modules.txt': { content: '' },
    'docs/node_modules': { content: 'a file' },
    'linked/node_modules': { target: '../web/node_modules' },
    'src/vendors/a.js': { content: '' },
  });
  expect(await dependencyDirectories(directory)).toEqual([
    'api/.venv',
    'api/lib/site-packages',
    'go/vendor',
    'web/node_modules',
  ]);
});
