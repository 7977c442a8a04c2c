import { objectOf, objectOrJson, textOf, textOrNull } from "../fields.ts";
import type { JsonObject } from "../../../lib/json.ts";
import { type HookClient, HookFailure, type LocalCall, type NotAsked, type Through } from "../local-call.ts";
import { throughGateway, toolCall } from "../tool-calls.ts";

/** https://docs.windsurf.com/windsurf/cascade/hooks. A hook of Cascade blocks by its exit code alone. */
export const windsurf: HookClient = {
  read(input, through) {
    const action = textOf(input, "agent_action_name");
    const read = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (read === undefined)
      throw new HookFailure(`this hook is for ${Object.keys(actions).join(", ")}, not for ${action}`);
    const info = objectOf(input, "tool_info");
    return read(info, { session: textOrNull(input, "trajectory_id"), folder: textOrNull(info, "cwd") }, through);
  },
  answer: (given) =>
    given.effect === "allow" ? { stdout: "", stderr: "", exit: 0 } : { stdout: "", stderr: given.reason, exit: 2 },
};

type Place = Pick<LocalCall, "session" | "folder">;

const actions: Readonly<Record<string, (info: JsonObject, place: Place, through: Through) => LocalCall | NotAsked>> = {
  pre_run_command: (info, place) => toolCall("bash", "run_command", { command: textOf(info, "command_line") }, place),
  pre_read_code: (info, place) => toolCall("read_file", "read_code", info, place),
  pre_write_code: (info, place) => toolCall("write_file", "write_code", info, place),
  pre_mcp_tool_use(info, place, through) {
    const server = textOf(info, "mcp_server_name");
    const tool = textOf(info, "mcp_tool_name");
    const elsewhere = throughGateway([server], null, through);
    return elsewhere ?? toolCall(null, `mcp__${server}__${tool}`, objectOrJson(info, "mcp_tool_arguments"), place);
  },
};
