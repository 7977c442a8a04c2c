import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import type { Revision } from "../suite.ts";
import { exceptions, scenarios } from "./scenarios.ts";

/** The scenarios for clients that the suite itself requires of a revision. */
export async function requiredOf(revision: Revision): Promise<readonly string[]> {
  const requirements = `../../../../node_modules/@modelcontextprotocol/conformance/requirements/${revision}.yaml`;
  const { client } = parse(await readFile(new URL(requirements, import.meta.url), "utf8")) as { client: string[] };
  return client;
}

/** Those of them that are neither played nor excepted. */
export function notPlayed(revision: Revision, required: readonly string[]): string[] {
  const excepted = (scenario: string) => exceptions.some(([which]) => which.test(scenario));
  return required.filter((scenario) => !(scenario in scenarios[revision]) && !excepted(scenario));
}
