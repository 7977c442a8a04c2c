/**
 * The client that the suite starts for each of its scenarios for clients, with the address of its server as the last argument. With
 * `--behind` the client reaches that server through a gateway.
 */
import { behindGateway } from "../world.ts";
import { type Given, scenarios, tools } from "./scenarios.ts";

const { MCP_CONFORMANCE_SCENARIO: scenario = "", MCP_CONFORMANCE_PROTOCOL_VERSION: revision = "" } = process.env;
const given = JSON.parse(process.env["MCP_CONFORMANCE_CONTEXT"] ?? "{}") as Given;
const server = new URL(process.argv.at(-1) ?? "");
const known = Object.entries(scenarios).find(([name]) => name === revision)?.[1];
const play = known?.[scenario];
if (play === undefined) throw new Error(`there is no scenario ${scenario} of ${revision}`);

if (process.argv.includes("--behind")) {
  const behind = await behindGateway({ name: "suite", origin: server.origin }, tools, server.pathname);
  await play(new URL(behind.url), given).finally(() => behind.close());
} else await play(server, given);
