// What a virtual environment says itself, as it is stored; what it inherits is worked out by inheritance.ts.
import type { VariableValue } from '../version/app.ts';

/** `testing`: mutable versions may be released, edits are live · `stable`: named versions only, which keep the configuration they were released with. */
export const policies = ['testing', 'stable'] as const;
export type Policy = (typeof policies)[number];

/** Who may ask for a version or an environment by name, at the edge: everybody, who has a signed link, or nobody. */
export const accesses = ['open', 'signed', 'internal'] as const;
export type Access = (typeof accesses)[number];

/** One virtual environment, without what it inherits. */
export interface EnvironmentDefinition {
  readonly name: string;
  /** Environment that it inherits from. */
  readonly parent?: string;
  readonly vars: Readonly<Record<string, VariableValue>>;
  readonly secrets?: Readonly<Record<string, SecretReference>>;
  /** Host names whose plain requests belong to it: lower case, without a port. No two environments have one in common. */
  readonly hosts?: readonly string[];
  /** First segment of paths whose plain requests belong to it; unique, too. */
  readonly subPath?: string;
  /** Absent: the parent's, else `testing`. */
  readonly policy?: Policy;
  /** Absent: the parent's, else `open`. */
  readonly access?: Access;
  /** Public key (Ed25519; base64url of its 32 bytes) by which routers recognise signed links. Absent: the parent's. */
  readonly accessKey?: string;
  /** Whether browsers keep by a cookie what they have selected. Absent: the parent's, else true. */
  readonly sticky?: boolean;
  /** How long pages go on getting their assets from their own version once another is released, `30m`; or `off`. Absent: the parent's, else `off`. */
  readonly skewProtection?: string;
  /** Whether responses tell their version, environment and component. Absent: the parent's, else true where the policy is `testing` and access `open`. */
  readonly responseHeaders?: boolean;
  /** How long it lives, as it was asked for: `72h`. Absent: until somebody deletes it. */
  readonly ttl?: string;
  /** When it ends (RFC 3339). */
  readonly expiresAt?: string;
}

/** A secret, by everything but its value. */
export interface SecretReference {
  /** Keyed hash of its value (64 hex digits). */
  readonly fingerprint: string;
  /** Secret of the cluster that another tool looks after; absent: fox keeps the value. */
  readonly from?: { readonly name: string; readonly key: string };
}

/** Definitions by name. */
export type EnvironmentDefinitions = ReadonlyMap<string, EnvironmentDefinition>;
