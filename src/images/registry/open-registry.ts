// Opens a client for one registry.
import { downloadBlob } from './blob-download.ts';
import { checkPush, hasBlob, mountBlob } from './blob-presence.ts';
import { uploadBlob } from './blob-upload.ts';
import { manifestsOf } from './manifests.ts';
import type { RegistryClient, RegistryOptions } from './registry-client.ts';
import { openSession } from './session.ts';

/** A client for the registry at `host`. Nothing is sent before it is used; close it when it isn't any more. */
export function openRegistry(options: RegistryOptions): RegistryClient {
  const session = openSession(options);
  return {
    host: options.host,
    ...manifestsOf(session),
    blob: (repository, blob, transfer) => downloadBlob(session, repository, blob, transfer),
    hasBlob: (repository, digest, transfer) => hasBlob(session, repository, digest, transfer),
    mountBlob: (from, to, digest, transfer) => mountBlob(session, from, to, digest, transfer),
    uploadBlob: (repository, blob, open, transfer) => uploadBlob(session, repository, blob, open, transfer),
    checkPush: (repository, transfer) => checkPush(session, repository, transfer),
    close: () => session.close(),
  };
}
