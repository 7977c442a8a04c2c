import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import { type DefinitionKind, definitionKinds, type DefinitionName } from "../domain/definition-kinds.ts";
import type { DefinitionFact } from "../domain/facts.ts";
import type { SeenDefinition, StoredDefinition } from "../domain/ports.ts";
import { meaningOf, type MirroredParams, mirroredParams, type Pins } from "../domain/tool-definitions.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";

/** What is known of one definition. */
export interface Known {
  readonly fact: DefinitionFact;
  readonly mirrored: MirroredParams | null;
  readonly outputSchema: JsonObject | null;
  /** Digest of the pinned definition. */
  readonly pinned: string | null;
  /** Digest under which the store has the definition seen last, or will have it. */
  readonly last: string | null;
  /**
   * By what a definition's digest is today, the one that it has here. A version before this one left members out, and what it pinned keeps
   * its digest: lines of catalogs and acceptances name that, and processes of that version may run beside this one.
   */
  readonly digests: ReadonlyMap<string, string>;
}

const declaresNothing = { readOnlyHint: null, destructiveHint: null };
const unseen = { name: null, digest: null, pinned: false, changed: false, accepted: false, declared: declaresNothing };
const nothing: Omit<Known, "fact"> = {
  mirrored: null,
  outputSchema: null,
  pinned: null,
  last: null,
  digests: new Map(),
};

function unknownOf(pins: Pins): Readonly<Record<DefinitionKind, Known>> {
  const of = definitionKinds.map((kind) => [kind, { fact: { ...unseen, kind, pins }, ...nothing }] as const);
  return Object.fromEntries(of) as Record<DefinitionKind, Known>;
}

/** Of a definition that no list has named, by pins and kind. */
export const unknown: Readonly<Record<Pins, Readonly<Record<DefinitionKind, Known>>>> = {
  first_use: unknownOf("first_use"),
  catalog: unknownOf("catalog"),
  accepted: unknownOf("accepted"),
};

/** Of a call that is about no definition. */
export const noDefinition: DefinitionFact = { ...unseen, kind: null, pins: "first_use" };

export function knownFrom({ kind, name }: DefinitionName, stored: StoredDefinition | null, pins: Pins): Known {
  if (stored === null) return unknown[pins][kind];
  const { pinned, last, accepted } = stored;
  const [ofPinned, ofLast] = [definitionDigest(pinned.definition, kind), definitionDigest(last.definition, kind)];
  // Under one digest, the older version may have kept two definitions that differ in a member that counts today.
  const differing = last.digest === pinned.digest ? ofLast : last.digest;
  const digest = ofLast === ofPinned ? pinned.digest : differing;
  const digests = new Map([
    [ofLast, digest],
    [ofPinned, pinned.digest],
  ]);
  const seen = { digest, definition: last.definition };
  return { ...knownAs({ kind, name, pins, accepted }, seen, { pinned: pinned.digest, digests }), last: last.digest };
}

export function knownAs(
  { kind, name, pins, accepted }: Pick<DefinitionFact, "pins" | "accepted"> & Omit<DefinitionName, "server">,
  { digest, definition }: SeenDefinition,
  { pinned, digests }: Pick<Known, "pinned" | "digests">,
): Known {
  const declared = kind === "tool" ? declaredBy(definition) : declaresNothing;
  return {
    fact: { kind, name, digest, pinned: true, changed: digest !== pinned, pins, accepted, declared },
    mirrored: kind === "tool" ? mirroredParams(definition) : null,
    outputSchema: isJsonObject(definition["outputSchema"]) ? definition["outputSchema"] : null,
    pinned,
    last: digest,
    digests,
  };
}

/** Where it cannot be told which of these definitions a call uses: what holds for all of them. */
export function together([first, ...others]: readonly [DefinitionFact, ...DefinitionFact[]]): DefinitionFact {
  if (others.length === 0) return first;
  const all = [first, ...others];
  const digests = all.map(({ digest }) => digest ?? "").sort();
  return {
    ...first,
    name: null,
    digest: digestOf(digests.join("\n")),
    pinned: all.every(({ pinned }) => pinned),
    changed: all.some(({ changed }) => changed),
    accepted: all.every(({ accepted }) => accepted),
  };
}

/** RFC 8785 form of the members that mean something; absent and null are the same. */
export function definitionDigest(definition: JsonObject, kind: DefinitionKind = "tool"): string {
  return digestOf(canonicalize(meaningOf(definition, kind)) ?? "");
}

function digestOf(text: string): string {
  return `sha256:${hash("sha256", text, "hex")}`;
}

function declaredBy(definition: JsonObject): DefinitionFact["declared"] {
  const annotations = isJsonObject(definition["annotations"]) ? definition["annotations"] : {};
  const hint = (name: string): boolean | null => (typeof annotations[name] === "boolean" ? annotations[name] : null);
  return { readOnlyHint: hint("readOnlyHint"), destructiveHint: hint("destructiveHint") };
}
