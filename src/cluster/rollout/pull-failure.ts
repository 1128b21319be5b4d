// Why an image can't be pulled, from what the kubelet and the container runtime say of it.
import type { Cause } from './cause.ts';

/** What a registry, or the way to it, may recover from. */
const passing =
  /timeout|timed out|deadline exceeded|connection (?:refused|reset)|no such host|server misbehaving|network is unreachable|no route to host|unexpected EOF|: EOF|toomanyrequests|too many requests|\b(?:429|5\d\d)\b[ :]|service unavailable|bad gateway|temporar|QPS exceeded/i;

/** The cause told by a container that waits for its image. */
export function pullCause(reason: string, message: string): Omit<Cause, 'container'> {
  const said = registryMessage(message);
  const image = /image "([^"]+)"/.exec(message)?.[1];
  if (reason === 'ErrImageNeverPull')
    return { kind: 'image', text: `its image isn't on the node: ${said}`, final: true };
  if (reason === 'InvalidImageName')
    return { kind: 'image', text: `its image has no valid name: ${said}`, final: true };
  const what = image === undefined ? 'its image' : `its image ${image}`;
  // Older kubelets tell why only while they try, not while they wait for the next try.
  if (said === '') return { kind: 'image', text: `${what} can't be pulled`, final: false };
  return { kind: 'image', text: `${what} can't be pulled: ${said}`, final: !passing.test(said) };
}

/** What the registry said, out of what everybody on the way added to it. */
function registryMessage(message: string): string {
  const inner = message
    .replace(/^Back-off pulling image "[^"]*"(?:: )?/, '')
    .replace(/^ErrImagePull: /, '')
    .replace(/^rpc error: code = \w+ desc = /, '')
    .replace(/^failed to pull and unpack image "[^"]*": /, '')
    .replace(/^failed to resolve (?:reference|image)(?: "[^"]*")?: /, '')
    .replace(/^failed to copy: /, '')
    .replace(/^failed to do request: /, '');
  // containerd repeats the reference: `127.0.0.1:5000/app:1: not found`.
  return inner.replace(/^[^\s"]+\/[^\s"]+: (?=\S)/, '');
}
