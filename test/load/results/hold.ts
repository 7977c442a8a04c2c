import { setImmediate as nextTurn } from "node:timers/promises";
import type { JsonObject, JsonValue } from "../../../gateway/lib/json.ts";
import { type Spread, spread } from "../statistics.ts";
import { benchResults } from "./results.ts";
import { BenchSession } from "./session.ts";

const megabyte = 1_048_576;
/** Of each round the quietest try counts: in the others the machine did something else meanwhile. */
const tries = 12;

export interface HoldRow {
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds until all of it was learnt. */
  readonly all_ms: Spread;
  /** The longest of its turns: so long nothing else goes on. */
  readonly turn_ms: Spread;
}

/** How long the event loop stands still while answers of a megabyte are learnt. */
export async function measureHolds(rounds: number): Promise<readonly HoldRow[]> {
  const rows: HoldRow[] = [];
  for (const [name, content] of Object.entries(longAnswers())) {
    const quietest: { all: number; turn: number }[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const all: { all: number; turn: number }[] = [];
      while (all.length < tries) all.push(await learnt(content));
      quietest.push({ all: Math.min(...all.map((one) => one.all)), turn: Math.min(...all.map((one) => one.turn)) });
    }
    // The first one warms up.
    quietest.shift();
    rows.push({
      name,
      bytes: Buffer.byteLength(JSON.stringify(content)),
      all_ms: spread(
        quietest.map(({ all }) => all),
        2,
      ),
      turn_ms: spread(
        quietest.map(({ turn }) => turn),
        2,
      ),
    });
  }
  return rows;
}

async function learnt(content: JsonValue): Promise<{ all: number; turn: number }> {
  const session = new BenchSession();
  const call = session.call(kindOf("mails 64 KB"));
  await session.trace(call);
  await session.sent(call);
  let turn = 0;
  let last = performance.now();
  const began = last;
  const note = (): void => {
    const now = performance.now();
    turn = Math.max(turn, now - last);
    last = now;
  };
  const done = session.learn(call, content).then(() => false);
  while (await Promise.race([done, nextTurn(true)])) note();
  note();
  return { all: last - began, turn };
}

function kindOf(wanted: string) {
  const kind = benchResults(0).find(({ name }) => name === wanted);
  if (kind === undefined) throw new Error(`there are no ${wanted}`);
  return kind;
}

/** Many records, one text, many short values, and the two forms of one content that MCP sends. */
function longAnswers(): Readonly<Record<string, JsonValue>> {
  const mails = Array.from({ length: 20 }, (_, variant) => {
    const [kind] = benchResults(variant).filter(({ name }) => name === "mails 64 KB");
    return (JSON.parse(String(kind?.bytes)) as { mails: readonly JsonObject[] }).mails;
  }).flat();
  const half = { mails: mails.slice(0, mails.length / 2) };
  return {
    "mails 1 MB": { mails },
    "text 1 MB": mails
      .map(({ body }) => String(body))
      .join("\n")
      .repeat(2)
      .slice(0, megabyte),
    "codes 1 MB": Array.from({ length: 65_536 }, (_, at) => `KX-${at}-${at % 97}Q`),
    "addresses 1 MB": Array.from({ length: 40_000 }, (_, at) => `a${at}@p${at}.example`),
    "MCP 1 MB": { content: [{ type: "text", text: JSON.stringify(half) }], structuredContent: half },
  };
}
