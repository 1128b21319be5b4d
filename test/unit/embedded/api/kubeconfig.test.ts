import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderKubeconfig } from '../../../../src/embedded/api/kubeconfig.ts';

test('one context leads to the cluster', () => {
  const text = renderKubeconfig({
    server: 'https://127.0.0.1:1234',
    authority: 'PEM\n',
    token: 'secret: #x',
  });
  expect(parse(text)).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'fox',
        cluster: { server: 'https://127.0.0.1:1234', 'certificate-authority-data': 'UEVNCg==' },
      },
    ],
    users: [{ name: 'fox', user: { token: 'secret: #x' } }],
    contexts: [{ name: 'fox', context: { cluster: 'fox', user: 'fox', namespace: 'default' } }],
    'current-context': 'fox',
  });
});
