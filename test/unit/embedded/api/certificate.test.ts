import { X509Certificate } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCertificate } from '../../../../src/embedded/api/certificate.ts';
import { scratchDirectory } from './fixture.ts';

test('is made for loopback names, for ten years, by an authority of its own', async () => {
  const path = join(await scratchDirectory(), 'cluster', 'tls.pem');
  const { key, certificate, authority } = await loadCertificate(path);
  const server = new X509Certificate(certificate);
  const issuer = new X509Certificate(authority);
  expect(server.verify(issuer.publicKey)).toBe(true);
  expect(server.ca).toBe(false);
  expect(issuer.ca).toBe(true);
  for (const address of ['127.0.0.1', '::1']) expect(server.checkIP(address)).toBeDefined();
  expect(server.checkHost('localhost')).toBe('localhost');
  expect(server.checkHost('example.com')).toBeUndefined();
  const years = (Date.parse(server.validTo) - Date.now()) / (365 * 86_400_000);
  expect(years).toBeGreaterThan(9.9);
  expect(server.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('is made once', async () => {
  const path = join(await scratchDirectory(), 'tls.pem');
  const first = await loadCertificate(path);
  expect(await loadCertificate(path)).toEqual(first);
});

test('is made anew when the file is damaged', async () => {
  const path = join(await scratchDirectory(), 'tls.pem');
  const first = await loadCertificate(path);
  for (const text of ['', (await readFile(path, 'utf8')).slice(0, 300), first.key + first.key + first.key]) {
    await writeFile(path, text);
    const next = await loadCertificate(path);
    expect(next.certificate).not.toBe(first.certificate);
    expect(new X509Certificate(next.certificate).checkHost('localhost')).toBe('localhost');
  }
});

test('in a place that can’t be written is an error that says so', async () => {
  const directory = await scratchDirectory();
  await writeFile(join(directory, 'file'), '');
  await expect(loadCertificate(join(directory, 'file', 'tls.pem'))).rejects.toMatchObject({
    name: 'FoxError',
    code: 'FILE_SYSTEM',
  });
});
