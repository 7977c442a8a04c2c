import { brokenReload } from "./broken-reload.ts";
import { chainBlocked } from "./chain-blocked.ts";
import { hotReload } from "./hot-reload.ts";
import { httpAllow } from "./http-allow.ts";
import { httpDeny } from "./http-deny.ts";
import { httpHoldRelease } from "./http-hold-release.ts";
import { mcpAllow } from "./mcp-allow.ts";
import { mcpDeny } from "./mcp-deny.ts";
import { mcpHoldRelease } from "./mcp-hold-release.ts";
import type { Scene } from "./scene.ts";

/** In the order they are shown. */
export const scenes: readonly Scene[] = [
  httpAllow,
  httpDeny,
  mcpAllow,
  mcpDeny,
  chainBlocked,
  httpHoldRelease,
  mcpHoldRelease,
  hotReload,
  brokenReload,
];
