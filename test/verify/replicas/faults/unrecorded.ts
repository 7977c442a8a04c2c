import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../../../support/eventually.ts";
import type { House } from "../../approvals/world/house.ts";

/** Every call that reached the tool server has its decision in a log, written by the gateway that sent it. @returns those that have not */
export async function unrecorded({ gateways, upstream }: House): Promise<readonly string[]> {
  const sent = upstream.executed.map(({ headers, item }) => ({ item, id: String(headers["sallyport-decision"]) }));
  const isKnown = async (): Promise<readonly string[]> => {
    const ids = await decisionsOf(gateways.map(({ logDir }) => logDir));
    return sent.filter(({ id }) => !ids.has(id)).map(({ item }) => `${item} was executed and is in no log`);
  };
  // The last lines may be in the system's hands a moment later.
  return eventually("the logs are written", async () => ((await isKnown()).length === 0 ? [] : null), 5_000).catch(
    isKnown,
  );
}

async function decisionsOf(dirs: readonly string[]): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const dir of dirs) {
    for (const name of (await readdir(dir)).filter((one) => one.endsWith(".jsonl"))) {
      const text = await readFile(join(dir, name), "utf8");
      for (const line of text.slice(0, text.lastIndexOf("\n")).split("\n")) {
        const { kind, decision_id: id } = JSON.parse(line === "" ? "{}" : line) as Line;
        if (kind === "decision" && id !== undefined) ids.add(id);
      }
    }
  }
  return ids;
}

interface Line {
  readonly kind?: string;
  readonly decision_id?: string;
}
