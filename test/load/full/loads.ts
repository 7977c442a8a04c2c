import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWrkScript } from "../proxies/wrk.ts";
import { callBody, callPath, routePrefix } from "../world/call.ts";
import { paddedRecords } from "../world/padding.ts";
import type { World } from "../world/world.ts";

/** What wrk sends, over and over. */
export interface Load {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** In turn. No line end in any of them. */
  readonly bodies: readonly string[];
}

const json = { "content-type": "application/json" };

/** The same 1 KB each time. */
export const fixed: Load = { path: callPath, headers: json, bodies: [callBody().toString()] };

/** 4,096 bodies of about 1 KB, no two alike. */
export const distinct: Load = {
  ...fixed,
  bodies: Array.from({ length: 4_096 }, (_, at) =>
    JSON.stringify({
      ...(JSON.parse(fixed.bodies[0] ?? "{}") as object),
      customer_id: `c-${at}`,
      limit: 1 + (at % 50),
    }),
  ),
};

/** Records, as tools get them in lists; no more of them than a body may have keys. */
export function sized(bytes: number): Load {
  const text = (records: readonly object[]): string => JSON.stringify({ query: "parcel", records });
  const records = paddedRecords(text, Math.min(bytes, 128 * 1024));
  const note = "x".repeat(Math.floor((bytes - text(records).length) / records.length));
  return { ...fixed, bodies: [text(records.map((record) => ({ ...record, more: note })))] };
}

/** A call of a tool of MCP, with the arguments of `fixed`. */
export const toolCall: Load = {
  path: routePrefix,
  headers: { ...json, accept: "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25" },
  bodies: [
    JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "find_ticket", arguments: JSON.parse(fixed.bodies[0] ?? "{}") as object },
    }),
  ],
};

/** Writes the script of a load for wrk; returns its path. */
export async function writeLoad(world: World, name: string, { path, headers, bodies }: Load): Promise<string> {
  const base = await writeWrkScript(world);
  const [file, lines] = [join(world.dir, `${name}.lua`), join(world.dir, `${name}.bodies`)];
  await writeFile(lines, bodies.join("\n"));
  const set = Object.entries(headers).map(([header, value]) => `wrk.headers[${quoted(header)}] = ${quoted(value)}`);
  await writeFile(
    file,
    `dofile(${quoted(base)})
wrk.headers["Content-Type"] = nil
${set.join("\n")}
local requests, at = {}, 0
init = function()
  for body in io.lines(${quoted(lines)}) do requests[#requests + 1] = wrk.format(nil, ${quoted(path)}, nil, body) end
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
`,
  );
  return file;
}

/** A text of JSON is one of Lua, for what stands here. */
const quoted = (text: string): string => JSON.stringify(text);
