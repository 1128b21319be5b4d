// What is told of a rollout: never against what was told before, however the two watches are ahead of each other.
import { expect, test } from 'vitest';
import { RolloutReport } from '../../../../src/actions/rollout/rollout-report.ts';
import { rolloutState } from '../../../../src/cluster/rollout/rollout-state.ts';
import type { FoxEvent } from '../../../../src/core/events.ts';
import { containerStatus, deploymentSample, podSample } from '../../cluster/rollout/pod-sample.ts';

const ready = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
const waiting = containerStatus('web', { state: { waiting: { reason: 'ContainerCreating' } } });
const creating = podSample({ name: 'web-1', status: { containerStatuses: [waiting] } });
const running = podSample({ name: 'web-1', conditions: [{ type: 'Ready', status: 'True' }] });
const web = (status?: object, generation?: number) =>
  deploymentSample('web', {
    ...(status === undefined ? {} : { status }),
    ...(generation === undefined ? {} : { generation }),
  });
const api = (status = {}) => deploymentSample('api', { component: 'api', status });
const state = (
  ...[deployments, pods]: [Parameters<typeof rolloutState>[1], Parameters<typeof rolloutState>[2]]
) => rolloutState(new Set(['web', 'api']), deployments, pods);

function reported(...states: ReturnType<typeof state>[]): FoxEvent[] {
  const events: FoxEvent[] = [];
  const report = new RolloutReport((event) => void events.push(event));
  for (const each of states) report.show(each);
  return events;
}

/** What a terminal shows after each event: the list below, and what was said above it. */
const lists = (events: readonly FoxEvent[]) =>
  events.flatMap((event) => (event.type === 'task' && event.id === 'rollout' ? [event.lines] : []));

test('what is ready leaves the list before it is told', () => {
  const events = reported(
    state([web(), api()], []),
    state([web(ready), api()], []),
    state([web(ready), api(ready)], []),
  );
  const order = events.map((event) => ('text' in event ? event.text : ''));
  expect(order).toEqual([
    'Waiting for web, api (0/2 ready)',
    'Waiting for api (1/2 ready)',
    'web is ready',
    'Waited (2/2 ready)',
    'api is ready',
  ]);
  expect(lists(events)).toEqual([['web 0/1 no pod yet', 'api 0/1 no pod yet'], ['api 0/1 no pod yet'], []]);
});

test('a pod that is ready, or that its Deployment has not seen, is a pod', () => {
  const events = reported(
    state([web(), api()], [creating]),
    state([web(undefined, 2), api()], [creating]),
    state([web(), api()], [running]),
  );
  expect(lists(events).map((lines) => lines?.[0])).toEqual(['web 0/1 ContainerCreating', 'web 0/1 Running']);
});

test('what is ready no more is listed again only after that was told', () => {
  const texts = reported(
    state([web(), api()], []),
    state([web(ready), api()], []),
    state([web(), api()], [creating]),
  ).map((event) => ('text' in event ? event.text : ''));
  expect(texts.slice(-3)).toEqual([
    'web is ready',
    'web is no longer ready',
    'Waiting for web, api (0/2 ready)',
  ]);
});
