import { Refusal } from "../domain/errors.ts";
import type { ChangedDefinition, DefinitionReviews, DefinitionStore, Finding, StoredTool } from "../domain/ports.ts";
import {
  type DefinitionChange,
  definitionDifferences,
  type KnownTool,
  meaningOf,
  type Pins,
} from "../domain/tool-definitions.ts";
import { escapeControls, withCodePoints } from "../lib/look-alike.ts";
import { AlikeTools } from "./alike-tools.ts";

interface KnownTools {
  /** A number that rises whenever somebody wrote to the store. */
  refresh(): number;
  /** What is known of this tool is read anew from the store. */
  forget(server: string, tool: string): void;
  pinsOf(server: string): Pins;
  /** A route leads to it. */
  serves(server: string): boolean;
  /** Servers whose tools wait until a person accepts them. */
  readonly reviewed: readonly string[];
}

/** Definitions for people: what was listed, what differs, what waits, the findings, and accepting one. */
export function definitionReviews(store: DefinitionStore, known: KnownTools): DefinitionReviews {
  let told: { readonly writes: number; readonly findings: readonly Finding[] } | null = null;
  return {
    ...listings(store, known),
    changes: async (limit) => {
      const [changed, total] = await Promise.all([store.changes(limit), store.countChanges()]);
      return { items: changed.map(changeOf), total };
    },
    accept: async (acceptance) => {
      const { server, tool } = acceptance;
      const isAccepted =
        (await store.accept(acceptance)) ||
        (known.pinsOf(server) === "accepted" && (await store.acceptFirst(acceptance)));
      if (!isAccepted) throw new Refusal("definition_moved");
      known.forget(server, tool);
    },
    findings: async () => {
      const writes = known.refresh();
      if (told?.writes === writes) return told.findings;
      const findings = [
        ...(await changedFindings(store)),
        ...(await waitingFindings(store, known.reviewed)),
        ...alikeFindings(await alikeTools(store, known)),
      ];
      told = { writes, findings };
      return findings;
    },
  };
}

function listings(store: DefinitionStore, known: KnownTools): Pick<DefinitionReviews, "waiting" | "tools"> {
  return {
    waiting: async ({ server, limit }) => {
      const servers = known.reviewed.filter((one) => server === null || one === server);
      const [items, counted] = await Promise.all([store.waiting(servers, limit), store.countWaiting(servers)]);
      const total = counted.reduce((sum, [, tools]) => sum + tools, 0);
      return { items: items.map((item) => ({ ...item, definition: meaningOf(item.definition) })), total };
    },
    tools: async (asked) => {
      const [items, total, alike] = await Promise.all([
        store.tools(asked),
        store.countTools(asked.server),
        alikeTools(store, known),
      ]);
      return {
        items: items.map((item) => ({ ...knownTool(item, known.pinsOf(item.server)), alike: alike.of(item) })),
        total,
      };
    },
  };
}

async function alikeTools(store: DefinitionStore, known: KnownTools): Promise<AlikeTools> {
  return new AlikeTools((await store.names()).filter(({ server }) => known.serves(server)));
}

function knownTool({ server, tool, digest, changed, accepted }: StoredTool, pins: Pins): Omit<KnownTool, "alike"> {
  const state = changed ? "changed" : accepted ? "accepted" : pins === "accepted" ? "waiting" : "pinned";
  return { server, tool, digest, pins, state };
}

function changeOf({ server, tool, pinned, last }: ChangedDefinition): DefinitionChange {
  const differences = definitionDifferences(pinned.definition, last.definition);
  return { server, tool, pinned: pinned.digest, digest: last.digest, differences };
}

const named = 3;

async function changedFindings(store: DefinitionStore): Promise<Finding[]> {
  const total = await store.countChanges();
  if (total === 0) return [];
  const names = (await store.changes(named)).map(({ server, tool }) =>
    escapeControls(`${server}/${tool}`).slice(0, 200),
  );
  const others = total > named ? ` and ${total - named} more` : "";
  return [
    {
      name: "tool-definitions",
      problem: `${total === 1 ? "a tool" : `${total} tools`} changed the definition: ${names.join(", ")}${others}; calls are refused`,
      fix: "compare with `sallyport tools diff` or on the console's page Tools, and accept what is right",
      severity: "degraded",
    },
  ];
}

/** One for each server, because each is accepted by a command of its own. */
async function waitingFindings(store: DefinitionStore, servers: readonly string[]): Promise<Finding[]> {
  if (servers.length === 0) return [];
  return (await store.countWaiting(servers)).map(([server, tools]) => ({
    name: "tools-waiting",
    problem: `${tools === 1 ? "1 tool" : `${tools} tools`} of ${server} ${tools === 1 ? "waits" : "wait"} to be accepted; until then callers neither see nor call them`,
    fix: `read the words with \`sallyport tools accept --all ${server}\`, which names the command that accepts them, or on the console's page Tools`,
    severity: "degraded" as const,
  }));
}

function alikeFindings(alike: AlikeTools): Finding[] {
  const groups = alike.groups();
  if (groups.length === 0) return [];
  const names = groups.slice(0, named).map((group) => group.slice(0, named).map(withCodePoints).join(" and "));
  const others = groups.length > named ? `, and ${groups.length - named} more` : "";
  return [
    {
      name: "tools-alike",
      problem: `tools whose names look the same and are not: ${names.join(", ")}${others}`,
      fix: "find out which one is meant (`sallyport tools list` shows them all), and have the other renamed or leave it out of the catalog",
      severity: "degraded",
    },
  ];
}
