// A node of a real cluster that runs nothing and says that all of its pods are ready: a machine has no room for hundreds.
import { setTimeout as delay } from 'node:timers/promises';

const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const taint = 'fox-bench';

/** What pods need in their spec to be put on the node, and nowhere else. */
export function placementOn(name) {
  return {
    nodeSelector: { 'kubernetes.io/hostname': name },
    tolerations: [{ key: taint, operator: 'Exists' }],
  };
}

/** Registers the node and plays its kubelet for the pods of a namespace, until it is stopped. */
export async function startPretendedNode({ send }, name, namespace) {
  await send('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: { taints: [{ key: taint, effect: 'NoSchedule' }] },
  });
  await send('POST', lease, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: micro(new Date()) },
  });
  const room = { cpu: '1k', memory: '4Ti', pods: '4k', 'ephemeral-storage': '4Ti' };
  const now = new Date().toISOString();
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'Bench',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
  await patchStatus(send, `/api/v1/nodes/${name}`, {
    capacity: room,
    allocatable: room,
    conditions: [ready],
  });
  const stopping = new AbortController();
  const running = run(send, name, namespace, stopping.signal);
  return async () => {
    stopping.abort();
    await running;
    await send('DELETE', `/api/v1/nodes/${name}`);
    await send('DELETE', `${lease}/${name}`).catch(unlessGone);
  };
}

/**
 * Plays the kubelet for pods that name `name` as their node, on a cluster that knows of no nodes and looks after its own
 * pods only, until it is stopped. All of them are at `podIP`.
 */
export function startPretendedKubelet({ send, watch }, name, namespace, podIP) {
  const stopping = new AbortController();
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  watch(pods, stopping.signal, ({ type, object }) => {
    if (object.spec?.nodeName !== name || type === 'DELETED') return;
    play(send, `${pods}/${object.metadata.name}`, object, podIP).catch((error) => {
      if (!stopping.signal.aborted) throw error;
    });
  });
  return () => stopping.abort();
}

async function run(send, name, namespace, signal) {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  for (let round = 0; !signal.aborted; round++) {
    if (round % 20 === 19) {
      const spec = { renewTime: micro(new Date()) };
      await send('PATCH', `${lease}/${name}`, { spec }, 'application/merge-patch+json');
    }
    const { items } = await send('GET', `${pods}?fieldSelector=spec.nodeName=${name}`);
    for (const [index, pod] of items.entries())
      await play(send, `${pods}/${pod.metadata.name}`, pod, `10.255.${index >> 8}.${index & 255}`);
    await delay(500, undefined, { signal }).catch(() => undefined);
  }
}

/** What a kubelet does with a pod: starts it, and ends it when it is to go. */
async function play(send, path, { metadata, spec, status }, podIP) {
  if (metadata.deletionTimestamp !== undefined) {
    const now = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 };
    await send('DELETE', path, now).catch(unlessGone);
    return;
  }
  if (status?.phase === 'Running') return;
  const now = new Date().toISOString();
  await patchStatus(send, path, {
    phase: 'Running',
    podIP,
    startTime: now,
    conditions: ['Initialized', 'ContainersReady', 'Ready', 'PodScheduled'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: now,
    })),
    containerStatuses: spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: image,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: now } },
    })),
  }).catch(unlessGone);
}

/** Somebody else may have ended it meanwhile. */
function unlessGone(error) {
  if (error.status !== 404 && error.status !== 409) throw error;
}

async function patchStatus(send, path, status) {
  await send('PATCH', `${path}/status`, { status }, 'application/merge-patch+json');
}

/** Leases tell the time to the microsecond. */
function micro(date) {
  return date.toISOString().replace('Z', '000Z');
}
