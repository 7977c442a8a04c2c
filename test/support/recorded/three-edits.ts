import { join } from "node:path";
import { copyPolicy, type PolicyCopy } from "../policy-copy.ts";
import { type DecisionLine, type MadeCall, recordCalls, type RecordedCalls } from "./recorded-calls.ts";

/** Calls that a whole gateway has judged, and a draft of its policy with three edits. */
export interface ThreeEdits extends RecordedCalls {
  readonly draft: string;
  /** `id kind` of each decision that the edits change, said without any policy. */
  expected(): readonly string[];
}

export async function threeEdits(total: number): Promise<ThreeEdits> {
  const calls = Array.from({ length: total }, (_, n) => callOf(n));
  const made = await recordCalls(calls, withoutRisk);
  return {
    ...made,
    draft: await draftOf(made.dir),
    expected: () =>
      made.decisions().flatMap((line) => {
        const kind = expectedKind(line);
        return kind === null ? [] : [`${line.decision_id} ${kind}`];
      }),
  };
}

/** Orders, lists of refunds and refunds in turn; an agent is never refused often enough in a row for its input not to be kept. */
function callOf(n: number): MadeCall {
  const about = { agent: `bot-${n % 40}`, role: "refunds", server: "payments" };
  const order_id = `${n % 10}-${n}`;
  const turn = Math.floor(n / 40) % 3;
  if (turn === 0) return { ...about, tool: "get_order", arguments: { order_id } };
  if (turn === 1) return { ...about, tool: "list_refunds", arguments: { order_id } };
  const amount = n % 23 === 0 ? 100 : n % 7 === 0 ? 700 : 2_000;
  return { ...about, tool: "create_refund", arguments: { order_id, amount, currency: "EUR" } };
}

/** Risk is looked up for sensitive calls alone, and a call that becomes one could not be judged anew. */
function withoutRisk(copy: PolicyCopy): Promise<void> {
  const rules = "thresholds: { raised: 0.6, critical: 0.9 }\nrules: { raised: hold, critical: deny }\n";
  return copy.write("sallyport/risk/data.yaml", `${rules}signals: {}\n`);
}

/** The policy with another fact in its catalog, another limit, and one more rule. */
async function draftOf(dir: string): Promise<string> {
  const copy = copyPolicy(join(dir, "draft"));
  await withoutRisk(copy);
  await copy.addData("catalog", { payments: { list_refunds: { sensitivity: "high" } } });
  await copy.addData("limits", { payments: { create_refund: { amount: { max: 800 } } } });
  await copy.write("sallyport/main/ninth.rego", ninthRule);
  return copy.dir;
}

const ninthRule = `package sallyport.tools.payments.get_order

import data.sallyport.reason

# METADATA
# title: Orders of the ninth shard are not for agents
# custom: { code: NINTH_SHARD, severity: medium }
_ninth := reason.of(rego.metadata.chain())

deny contains _ninth if startswith(input.context.arguments.order_id, "9")
`;

/** What the edits of the draft do to each recorded decision, said without any policy. */
function expectedKind({ tool, result, input }: DecisionLine): string | null {
  const { order_id, amount } = input.context.arguments ?? {};
  if (tool === "payments/list_refunds") return "allow→deny";
  if (tool === "payments/get_order") return String(order_id).startsWith("9") ? "allow→deny" : null;
  return amount === 700 ? `${result.effect}→hold` : null;
}
