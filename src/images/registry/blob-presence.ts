// Whether a repository has a blob, gets one from another repository, or may be given any.
import type { TransferOptions } from './registry-client.ts';
import { lookUpAccess } from './registry-error.ts';
import type { RegistrySession } from './session.ts';
import { abandonUpload, beginUpload, uploadAt } from './upload-session.ts';

/** Whether a repository has a blob. One HEAD. */
export async function hasBlob(
  session: RegistrySession,
  repository: string,
  digest: string,
  { signal, forPush }: TransferOptions = {},
): Promise<boolean> {
  const answer = await session.request({
    method: 'HEAD',
    target: `/v2/${repository}/blobs/${digest}`,
    access: lookUpAccess(repository, forPush),
    accept: [404],
    signal,
  });
  await answer.body.dump();
  return answer.status !== 404;
}

/** See {@link RegistryClient.mountBlob}. */
export async function mountBlob(
  session: RegistrySession,
  from: string,
  to: string,
  digest: string,
  { signal }: TransferOptions = {},
): Promise<boolean> {
  const answer = await session.request({
    method: 'POST',
    target: `/v2/${to}/blobs/uploads/?${new URLSearchParams({ mount: digest, from }).toString()}`,
    access: { repository: to, action: 'push', from },
    headers: { 'content-length': '0' },
    accept: [404, 405],
    signal,
  });
  if (answer.status === 201) {
    await answer.body.dump();
    return true;
  }
  if (answer.status === 202) await abandonUpload(session, to, await uploadAt(session, answer, 0), signal);
  else await answer.body.dump();
  return false;
}

/** Begins an upload and ends it again. @throws what keeps one from pushing. */
export async function checkPush(
  session: RegistrySession,
  repository: string,
  { signal }: TransferOptions = {},
): Promise<void> {
  await abandonUpload(session, repository, await beginUpload(session, repository, signal), signal);
}
