// What is told of a change whose parents don't fit, and what is proposed: only what can be typed as things are.
import { expect, it } from 'vitest';
import { planChange } from '../../../../../src/actions/environments/change/change-plan.ts';
import { refuseInvalidChange } from '../../../../../src/actions/environments/change/validate-change.ts';
import type { NamespaceState } from '../../../../../src/cluster/namespace.ts';
import type { EnvironmentDefinition } from '../../../../../src/core/environments/environment-definition.ts';
import { FoxError } from '../../../../../src/core/errors.ts';
import { manifestOf } from '../../../core/version/identity-fixture.ts';
import { namespaceOf } from '../../namespace-fixture.ts';

const state = namespaceOf({ environments: [{ name: 'dev' }, { name: 'orphan', parent: 'gone' }] });

/** The refusal of a change that writes these. */
function refusal(...put: readonly Put[]): FoxError {
  return refusalIn(state, ...put);
}

type Put = Partial<EnvironmentDefinition> & { readonly name: string };

function refusalIn(before: NamespaceState, ...put: readonly Put[]): FoxError {
  const definitions = put.map((each) => ({ vars: {}, ...each }));
  try {
    refuseInvalidChange(before, planChange(before, { put: definitions }), { defaultEnvironment: 'dev' });
  } catch (error) {
    if (error instanceof FoxError) return error;
  }
  throw new Error('it was not refused');
}

const choose = (name: string) =>
  `\`fox env list\` shows which there are; \`fox env set -e ${name} --create\` makes ${name}, empty.`;

it('a new environment without its parent: which there are, and how to make that one', () => {
  const { code, details, hints } = refusal({ name: 'pr-9', parent: 'nowhere' });
  expect(code).toBe('NOT_FOUND');
  expect(details).toEqual(["pr-9: its parent nowhere doesn't exist"]);
  expect(hints).toEqual([choose('nowhere')]);
});

it('a parent that is nearly named asks for nothing else', () => {
  const { details, hints } = refusal({ name: 'pr-9', parent: 'dve' });
  expect(details).toEqual(["pr-9: its parent dve doesn't exist. Did you mean dev?"]);
  expect(hints).toEqual([]);
});

it('one that was broken before: what mends it', () => {
  const { hints } = refusal({ name: 'orphan', parent: 'gone', vars: { A: 1 } });
  expect(hints).toEqual([
    '`fox env set -e gone --create` makes gone again, empty.',
    '`fox env apply -f <file>` makes it as its file says. Secrets whose values fox still keeps are taken over by both.',
    '`fox env set -e orphan --no-parent` goes on without a parent.',
  ]);
});

it('a parent that is there and broken: what mends that', () => {
  expect(refusal({ name: 'pr-9', parent: 'orphan' }).hints).toContain(
    '`fox env set -e orphan --no-parent` goes on without a parent.',
  );
});

it('several that are new: the one that lacks its parent alone', () => {
  const { details, hints } = refusal({ name: 'x', parent: 'y' }, { name: 'y', parent: 'nowhere' });
  expect(details).toHaveLength(2);
  expect(hints).toEqual([choose('nowhere')]);
  expect(refusal({ name: 'x', parent: 'y' }, { name: 'y', parent: 'x' }).hints).toEqual([]);
});

it('of many, those alone by which something is wrong; one that is to be made is made by what is proposed', () => {
  const env = { LIMIT: { type: 'number', required: true } } as const;
  const running = { manifest: manifestOf('v1', { web: { env } }), runsIn: ['child'] };
  const orphaned = namespaceOf({ versions: [running], environments: [{ name: 'child', parent: 'staging' }] });
  const others = ['a', 'b', 'c', 'd'].map((name) => ({ name }));
  const { message, details, hints } = refusalIn(orphaned, ...others, { name: 'staging' });
  expect(message).toBe("staging can't be changed so; nothing was changed");
  expect(details).toEqual([expect.stringMatching(/^child: shop v1: .*LIMIT/)]);
  expect(hints.join()).toContain('`fox env set -e staging --create LIMIT=…`');
});

it('one that would be its own parent: nothing was broken, so that nothing is to be mended', () => {
  const { details, hints } = refusal({ name: 'dev', parent: 'dev' });
  expect(details).toHaveLength(1);
  expect(hints).toEqual([]);
});

it('a value that is to go and is needed: by whom, and not how to set it', () => {
  const manifest = manifestOf('v1', { api: { secrets: ['KEY', 'OTHER'] } });
  const needed = namespaceOf({
    versions: [{ manifest, runsIn: ['dev'] }],
    environments: [{ name: 'dev', secrets: { KEY: { fingerprint: 'f'.repeat(64) } } }],
  });
  expect(refusalIn(needed, { name: 'dev' }).hints).toEqual([
    'KEY can go when nothing that runs there declares it any more: api of shop v1 does.',
    '`fox env set -e dev --secret OTHER` asks for its value.',
  ]);
});

it('what is wrong in itself is told from what collides with the namespace', () => {
  const taken = namespaceOf({ environments: [{ name: 'dev', hosts: ['dev.example.com'] }] });
  const wrong = { name: 'a', hosts: ['http://a'], subPath: 'a/b' };
  const colliding = { name: 'b', hosts: ['dev.example.com'] };
  const lost = { name: 'c', parent: 'nowhere' };
  const codes = [[wrong], [colliding], [lost], [wrong, lost], [wrong, colliding]].map(
    (put) => refusalIn(taken, ...put).code,
  );
  expect(codes).toEqual(['USAGE', 'REFUSED', 'NOT_FOUND', 'USAGE', 'REFUSED']);
  const before = namespaceOf({ environments: [{ name: 'orphan', parent: 'gone' }] });
  expect(refusalIn(before, { name: 'orphan', parent: 'gone' }).code).toBe('REFUSED');
});
