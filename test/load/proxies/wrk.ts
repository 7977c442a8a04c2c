import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProcess } from "../machine/process.ts";
import { callPath } from "../world/call.ts";
import type { World } from "../world/world.ts";

/** What wrk itself counted in one run. */
export interface WrkResult {
  readonly requests: number;
  /** Seconds. */
  readonly seconds: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** Answers of 400 and above. */
  readonly refused: number;
  /** Connections, reads and writes that failed, and requests that took longer than 10 s. */
  readonly broken: number;
}

const mark = "wrk-result ";

/** Writes the Lua script that makes the requests; returns its path. */
export async function writeWrkScript({ dir, token, body }: Pick<World, "dir" | "token" | "body">): Promise<string> {
  const bodyFile = join(dir, "body.json");
  await writeFile(bodyFile, body);
  const file = join(dir, "post.lua");
  await writeFile(
    file,
    `wrk.method = "POST"
wrk.body = io.open(${JSON.stringify(bodyFile)}, "rb"):read("*a")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer ${token}"
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('${mark}{"requests":%d,"seconds":%f,"p50_ms":%f,"p99_ms":%f,"refused":%d,"broken":%d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
`,
  );
  return file;
}

/** One thread, closed loop. */
export async function runWrk(
  script: string,
  origin: string,
  { seconds, connections }: { readonly seconds: number; readonly connections: number },
  cpu: number,
): Promise<WrkResult> {
  const shape = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s"];
  const output = await runProcess(["wrk", ...shape, "-s", script, origin + callPath], { cpu });
  const line = output.split("\n").find((text) => text.startsWith(mark));
  if (line === undefined) throw new Error(`wrk gave no result:\n${output}`);
  return JSON.parse(line.slice(mark.length)) as WrkResult;
}
