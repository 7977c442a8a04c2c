import { join } from "node:path";
import { impact } from "../../../../../gateway/cli/policy/change/impact.ts";
import { replay } from "../../../../../gateway/cli/policy/change/replay.ts";
import { copyPolicy, type PolicyCopy } from "../../../../support/policy-copy.ts";
import { expectExamples, inProcess } from "../../run.ts";
import { type DecisionLine, type MadeCall, recordCalls, type RecordedCalls } from "./recorded-calls.ts";

const total = 10_000;
let made: RecordedCalls;
let draft: string;

beforeAll(async () => {
  made = await recordCalls(
    Array.from({ length: total }, (_, n) => callOf(n)),
    withoutRisk,
  );
  draft = await draftOf(made.dir);
}, 1_200_000);
afterAll(() => made?.remove());

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

interface Report {
  readonly decisions: number;
  readonly changed: number;
  readonly widened: number;
  readonly per_second: number;
  readonly kinds: readonly {
    readonly kind: string;
    readonly widens: boolean;
    readonly examples: readonly { readonly of: string }[];
  }[];
  readonly not_compared: object;
  readonly as_recorded: readonly { readonly name: string }[];
}

/** What the edits of the draft do to each recorded decision, said without any policy. */
function expectedKind({ tool, result, input }: DecisionLine): string | null {
  const { order_id, amount } = input.context.arguments ?? {};
  if (tool === "payments/list_refunds") return "allow→deny";
  if (tool === "payments/get_order") return String(order_id).startsWith("9") ? "allow→deny" : null;
  return amount === 700 ? `${result.effect}→hold` : null;
}

async function run(...args: string[]) {
  const done = await inProcess(["policy", ...args, "-c", made.config, "--json"]);
  expect(done.stderr).toBe("");
  return { code: done.code, said: JSON.parse(done.stdout) as unknown };
}

test("lists, of 10,000 recorded decisions, the changed ones and only them", async () => {
  const { code, said } = await run("replay", "--against", draft, "--examples", String(total));
  const report = said as Report;
  expect([code, report.decisions]).toEqual([0, total]);
  expect(report.not_compared).toEqual({ total: 0, gateway: 0, no_input: 0, places: [] });
  const expected = made.decisions().flatMap((line) => {
    const kind = expectedKind(line);
    return kind === null ? [] : [`${line.decision_id} ${kind}`];
  });
  const listed = report.kinds.flatMap(({ kind, examples }) => examples.map(({ of }) => `${of} ${kind}`));
  expect(listed.toSorted()).toEqual(expected.toSorted());
  expect(report.changed).toBe(expected.length);
  const refunds = expected.filter((line) => line.endsWith("deny→hold"));
  expect(report.widened).toBe(refunds.length);
  expect(report.kinds[0]).toMatchObject({ kind: "deny→hold", widens: true });
  expect(report.as_recorded.map(({ name }) => name)).toEqual(expect.arrayContaining(["session", "approval"]));
  process.stdout.write(
    `${report.decisions} decisions replayed, ${report.changed} changed, ${report.per_second} a second\n`,
  );
});

test("finds nothing changed where nothing is", async () => {
  const { code, said } = await run("replay", "--last", "500");
  expect(code).toBe(0);
  expect(said).toMatchObject({ decisions: 500, changed: 0, kinds: [] });
});

test("an impact that widens exits 1, with its examples, and 0 once it is accepted", async () => {
  const refused = await run("impact", made.policy.dir, draft, "--last", "600", "--examples", "1");
  expect(refused.code).toBe(1);
  expect(refused.said).toMatchObject({
    ok: false,
    golden: { changed: 0 },
    decisions: {
      decisions: 600,
      kinds: [{ kind: "deny→hold", widens: true, examples: [{ tool: "payments/create_refund" }] }, {}],
    },
  });
  const narrower = await run("impact", draft, made.policy.dir, "--last", "600", "--accept-widening");
  expect(narrower.code).toBe(0);
  expect(narrower.said).toMatchObject({
    ok: true,
    accepted: true,
    decisions: { kinds: [{ kind: "deny→allow" }, { kind: "hold→deny" }] },
  });
});

test("the help of both verbs has their examples", async () => {
  await expectExamples("policy", [replay, impact]);
});
