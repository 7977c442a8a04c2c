import type { DefinitionName } from "../domain/definition-kinds.ts";
import { Refusal } from "../domain/errors.ts";
import type { ChangedDefinition, DefinitionReviews, DefinitionStore, Finding, StoredState } from "../domain/ports.ts";
import {
  type DefinitionChange,
  definitionDifferences,
  type KnownDefinition,
  meaningOf,
  type Pins,
} from "../domain/tool-definitions.ts";
import { AlikeNames } from "./alike-names.ts";
import { alikeFindings, changedFindings, waitingFindings } from "./definition-findings.ts";

interface Remembered {
  /** A number that rises whenever somebody wrote to the store. */
  refresh(): number;
  /** What is known of it is read anew from the store. */
  forget(of: DefinitionName): void;
  pinsOf(server: string): Pins;
  /** A route leads to it. */
  serves(server: string): boolean;
  /** Servers whose definitions wait until a person accepts them. */
  readonly reviewed: readonly string[];
}

/** Definitions for people: what was listed, what differs, what waits, the findings, and accepting one. */
export function definitionReviews(store: DefinitionStore, known: Remembered): DefinitionReviews {
  let told: { readonly writes: number; readonly findings: readonly Finding[] } | null = null;
  return {
    ...listings(store, known),
    changes: async (asked) => {
      const [changed, counted] = await Promise.all([store.changes(asked), store.countChanges(asked.server)]);
      return { items: changed.map(changeOf), total: sum(counted) };
    },
    accept: async (acceptance) => {
      const isAccepted =
        (await store.accept(acceptance)) ||
        (known.pinsOf(acceptance.server) === "accepted" && (await store.acceptFirst(acceptance)));
      if (!isAccepted) throw new Refusal("definition_moved");
      known.forget(acceptance);
    },
    findings: async () => {
      const writes = known.refresh();
      if (told?.writes === writes) return told.findings;
      const findings = [
        ...(await changedFindings(store)),
        ...(await waitingFindings(store, known.reviewed)),
        ...alikeFindings(await alikeNames(store, known)),
      ];
      told = { writes, findings };
      return findings;
    },
  };
}

function listings(store: DefinitionStore, known: Remembered): Pick<DefinitionReviews, "waiting" | "known"> {
  return {
    waiting: async ({ server, limit }) => {
      const servers = known.reviewed.filter((one) => server === null || one === server);
      const [items, counted] = await Promise.all([store.waiting(servers, limit), store.countWaiting(servers)]);
      const meant = items.map((item) => ({ ...item, definition: meaningOf(item.definition, item.kind) }));
      return { items: meant, total: sum(counted) };
    },
    known: async (asked) => {
      const [items, total, alike] = await Promise.all([
        store.known(asked),
        store.countKnown(asked.server),
        alikeNames(store, known),
      ]);
      return {
        items: items.map((item) => ({ ...stateOf(item, known.pinsOf(item.server)), alike: alike.of(item) })),
        total,
      };
    },
  };
}

function sum(counted: readonly { readonly count: number }[]): number {
  return counted.reduce((total, { count }) => total + count, 0);
}

async function alikeNames(store: DefinitionStore, known: Remembered): Promise<AlikeNames> {
  return new AlikeNames((await store.names()).filter(({ server }) => known.serves(server)));
}

function stateOf({ changed, accepted, ...named }: StoredState, pins: Pins): Omit<KnownDefinition, "alike"> {
  const state = changed ? "changed" : accepted ? "accepted" : pins === "accepted" ? "waiting" : "pinned";
  return { ...named, pins, state };
}

function changeOf({ pinned, last, ...named }: ChangedDefinition): DefinitionChange {
  const differences = definitionDifferences(pinned.definition, last.definition, named.kind);
  return { ...named, pinned: pinned.digest, digest: last.digest, differences };
}
