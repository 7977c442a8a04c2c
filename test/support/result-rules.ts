import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readLog } from "../conformance/attacks/support/log.ts";
import type { PolicyCopy } from "./policy-copy.ts";
import type { TestGateway } from "./start-gateway.ts";

/** Rules about results, as a site would write them. */
const rules = `package sallyport.rules.results.test

import data.sallyport.reason

# METADATA
# title: The answer is for the own staff alone
# custom:
#   code: INTERNAL_ONLY
#   severity: high
#   controls: [ASI02]
_internal := reason.of(rego.metadata.chain())

block contains _internal if input.context.result.content.classification == "internal"

block contains _internal if input.context.result.content.structuredContent.classification == "internal"

block contains _internal if contains(input.context.result.content, "INTERNAL ONLY")

block contains _internal if contains(input.context.result.content.message, "INTERNAL ONLY")

block contains _internal if contains(input.context.result.content.params.message, "INTERNAL ONLY")

redact contains {"pointer": "/iban"} if input.context.result.content.iban

redact contains {"pointer": "/structuredContent/iban"} if input.context.result.content.structuredContent.iban

redact contains {"detector": "email"} if {
	some found in input.context.result.detected
	found.kind == "email"
}

redact contains {"pattern": "secret-[0-9]+"}

label contains "seen:error" if input.context.result.is_error
`;

export async function addResultRules(policy: PolicyCopy, text = rules): Promise<void> {
  const path = "sallyport/rules/results/test/test.rego";
  await mkdir(dirname(policy.file(path)), { recursive: true });
  await writeFile(policy.file(path), text);
}

export interface LoggedOutcome {
  readonly decision_id: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly upstream_status: number | null;
  readonly status: number | null;
  readonly result?: {
    readonly effect: string;
    readonly redacted: number;
    readonly reasons: string[];
    readonly labels: string[];
  };
}

/** The outcome of a decision, as the log has it; undefined as long as it has none. */
export async function loggedOutcome({ logDir }: TestGateway, decisionId: string): Promise<LoggedOutcome | undefined> {
  const { lines } = await readLog(logDir);
  const found = lines.find(({ kind, decision_id: id }) => kind === "outcome" && id === decisionId);
  return found as unknown as LoggedOutcome | undefined;
}
