import { definitionText, kindWords } from "../domain/definition-kinds.ts";
import type { CountedKind, DefinitionStore, Finding } from "../domain/ports.ts";
import { escapeControls, withCodePoints } from "../lib/look-alike.ts";
import type { AlikeNames } from "./alike-names.ts";

const named = 3;

export async function changedFindings(store: DefinitionStore): Promise<Finding[]> {
  const counted = await store.countChanges(null);
  const total = counted.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return [];
  const names = (await store.changes({ server: null, limit: named })).map((changed) =>
    escapeControls(definitionText(changed)).slice(0, 200),
  );
  const others = total > named ? ` and ${total - named} more` : "";
  return [
    {
      name: "tool-definitions",
      problem: `${total === 1 ? `a ${kindWords[counted[0]?.kind ?? "tool"].one}` : countedText(counted)} changed the definition: ${names.join(", ")}${others}; calls are refused`,
      fix: "compare with `sallyport tools diff` or on the console's page Tools, and accept what is right",
      severity: "degraded",
    },
  ];
}

/** One for each server, because each is accepted by a command of its own. */
export async function waitingFindings(store: DefinitionStore, servers: readonly string[]): Promise<Finding[]> {
  if (servers.length === 0) return [];
  const byServer = Map.groupBy(await store.countWaiting(servers), ({ server }) => server);
  return [...byServer].map(([server, counted]) => {
    const isOne = counted.length === 1 && counted[0]?.count === 1;
    return {
      name: "tools-waiting",
      problem: `${countedText(counted)} of ${server} ${isOne ? "waits" : "wait"} to be accepted; until then callers neither see nor call them`,
      fix: `read the words with \`sallyport tools accept --all ${server}\`, which names the command that accepts them, or on the console's page Tools`,
      severity: "degraded" as const,
    };
  });
}

/** "2 tools and 1 prompt" */
function countedText(counted: readonly CountedKind[]): string {
  const each = counted.map(({ kind, count }) => `${count} ${count === 1 ? kindWords[kind].one : kindWords[kind].many}`);
  return new Intl.ListFormat("en").format(each);
}

/** Not of resources: a server's files may well be `A.txt` and `a.txt`. */
const toldAlike = ["tool", "prompt", "resource_template"] as const;

export function alikeFindings(alike: AlikeNames): Finding[] {
  return toldAlike.flatMap((kind) => {
    const groups = alike.groups(kind);
    if (groups.length === 0) return [];
    const names = groups.slice(0, named).map((group) => group.slice(0, named).map(withCodePoints).join(" and "));
    const others = groups.length > named ? `, and ${groups.length - named} more` : "";
    return [
      {
        name: `${kindWords[kind].many.replace(" ", "-")}-alike`,
        problem: `${kindWords[kind].many} whose names look the same and are not: ${names.join(", ")}${others}`,
        fix: "find out which one is meant (`sallyport tools list` shows them all), and have the other renamed or leave it out of the catalog",
        severity: "degraded" as const,
      },
    ];
  });
}
