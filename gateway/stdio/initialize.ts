import { mcpVersions } from "../domain/tool-call.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";

/** Newest version with sessions; a server that knows an older one answers that. */
const newest = "2025-11-25";
/** Of Streamable HTTP. */
const oldest = "2025-03-26";

/**
 * What the bridge says of itself to a tool server that several clients share: what any of them may be asked. Roots are not among
 * it: a server keeps them for all calls, and those of one client would count for the others.
 */
export const bridgeInitialize: JsonObject = {
  protocolVersion: newest,
  capabilities: { sampling: {}, elicitation: { form: {}, url: {} } },
  clientInfo: { name: "sallyport", version: "1" },
};

export interface Sharing {
  readonly isAlone: boolean;
  readonly withoutTasks: boolean;
}

/** What a server answered to `initialize`, as a client gets it: in a version that both know. */
export function offeredTo(initialized: JsonObject, asked: string, { isAlone, withoutTasks }: Sharing): JsonObject {
  const { protocolVersion, capabilities } = initialized;
  const version = isAlone ? atLeast(String(protocolVersion)) : negotiated(asked, String(protocolVersion));
  if (!withoutTasks || !isJsonObject(capabilities)) return { ...initialized, protocolVersion: version };
  const { tasks: _tasks, ...others } = capabilities;
  return { ...initialized, protocolVersion: version, capabilities: others };
}

/** Versions are dates: the older of the two, and one that has Streamable HTTP. */
function negotiated(asked: string, spoken: string): string {
  const known = (mcpVersions as readonly string[]).includes(asked) && asked <= newest ? asked : newest;
  return atLeast(known < spoken ? known : spoken);
}

function atLeast(version: string): string {
  return version < oldest ? oldest : version;
}
