import { execFile } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { copyPolicy, type PolicyCopy } from "../../../support/policy-copy.ts";

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const askRule = fileURLToPath(new URL("ask.rego", import.meta.url));

const catalogued = {
  sensitivity: "medium",
  reversible: true,
  sink: "internal",
  owner: "payments-team",
  labels: [],
  returns: { own_text: true },
};
const once = {
  require: [{ role: "payments-approver", count: 1 }],
  distinct_from: ["acting_for", "agent_owner"],
  approve_within: 7_200,
  execute_within: 7_200,
  justification: false,
  scope: "once",
  summary: "Move money",
};
const asked = ["transfer", "put_transfer", "transfer_to", "refund"];

/** The widest permission that `subscribe` lets people give. */
export const widest = { kind: "uses", uses: 1_000, seconds: 3_600, same: "arguments" } as const;

/**
 * The starter policy in a folder of its own, with tools that people are asked about by a rule of the proof. They can be
 * undone, so several may be decided together.
 */
export async function proofPolicy(dir: string): Promise<PolicyCopy> {
  const policy = copyPolicy(dir);
  await policy.dropGoldenCases();
  await mkdir(policy.file("sallyport/rules/verify/ask"), { recursive: true });
  await cp(askRule, policy.file("sallyport/rules/verify/ask/ask.rego"));
  const tools = Object.fromEntries([...asked, "subscribe"].map((tool) => [tool, catalogued]));
  const readCustomer = { ...catalogued, labels: ["read:private"] };
  await policy.addData("catalog", { payments: { ...tools, read_customer: readCustomer } });
  // The scores of the proof are about 0: this threshold is reached by a call that people saw below it.
  await policy.addData("risk", { thresholds: { raised: 0 }, rules: { raised: "off" } });
  await mkdir(policy.file("sallyport/questions"), { recursive: true });
  const subscribe = { ...once, scope: widest };
  const refund = { ...once, require: [{ role: "payments-approver", count: 2 }] };
  const payments = { ...Object.fromEntries(asked.map((tool) => [tool, once])), refund, subscribe };
  await policy.write("sallyport/questions/data.yaml", JSON.stringify({ payments }));
  return policy;
}

/**
 * What `sallyport policy build` makes of it: a start with it does not compile. Node leaves in `compiled` what it has
 * compiled of the gateway; of a process that is killed it would keep nothing. Returns the archive's path.
 */
export async function builtArchive({ dir }: Pick<PolicyCopy, "dir">, out: string, compiled: string): Promise<string> {
  const args = ["gateway/main.ts", "policy", "build", dir, "--out", out, "--json"];
  const env = { ...process.env, NODE_COMPILE_CACHE: compiled };
  const { stdout } = await run(process.execPath, args, { cwd: repository, env });
  return (JSON.parse(stdout) as { archive: string }).archive;
}
