import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { JsonObject } from "../../gateway/lib/json.ts";
import { readLog } from "../conformance/attacks/support/log.ts";
import type { PolicyCopy } from "./policy-copy.ts";
import type { TestGateway } from "./start-gateway.ts";

/** Rules about what leaves, as a site would write them. */
const rules = `package sallyport.rules.outgoing.test

import data.sallyport.reason

oblige contains {"type": "redact_arguments", "redactions": [{"detector": "email"}]} if {
	some found in input.context.detected
	found.kind == "email"
}

# Whether it is there or not.
oblige contains {"type": "redact_arguments", "pointers": ["/internal_note"]}

oblige contains {"type": "redact_arguments", "pointers": ["/reason"]} if contains(input.context.arguments.reason, "4111")

oblige contains {"type": "redact_arguments", "redactions": [{"pattern": "loop-[0-9]+"}, {"pointer": "/query"}]} if {
	contains(input.context.arguments.query, "loop-")
}

oblige contains {"type": "redact_arguments", "pointers": ["/order_id"]} if {
	input.context.arguments.reason == "[redacted]"
	input.context.arguments.order_id == "o-more"
}

# METADATA
# title: A note without a reason is not made
# custom:
#   code: REASON_MISSING
#   severity: high
#   controls: [ASI02]
_no_reason := reason.of(rego.metadata.chain())

deny contains _no_reason if {
	input.context.arguments.order_id == "o-strict"
	input.context.arguments.reason == "[redacted]"
}
`;

/** A tool beside the demonstration's whose calls nobody has to approve. */
const note = { sensitivity: "low", reversible: true, sink: "internal", owner: "payments-team", labels: [] };

/** Also makes `POST /v1/notes` a known tool of `payments`. */
export async function addArgumentRules(policy: PolicyCopy): Promise<void> {
  await policy.addData("catalog", { payments: { "POST /v1/notes": note } });
  const path = "sallyport/rules/outgoing/test/test.rego";
  await mkdir(dirname(policy.file(path)), { recursive: true });
  await writeFile(policy.file(path), rules);
}

/** The records of a decision, as the log has them. */
export async function loggedRecords({ logDir }: TestGateway, decisionId: string): Promise<readonly JsonObject[]> {
  const { lines } = await readLog(logDir);
  return lines.filter(({ decision_id: id }) => id === decisionId) as unknown as JsonObject[];
}
