import { segmentFiles } from "../../../../gateway/record/segment-files.ts";
import { recordIn } from "../../../../gateway/record/segment-header.ts";
import { segmentLines } from "../../../../gateway/record/segment-lines.ts";
import { paymentsRoute } from "../../../support/routes.ts";
import { startGateway, type TestGateway } from "../../../support/start-gateway.ts";
import { type Check, type CheckContext, Failures, type Tried } from "../../check.ts";
import { ToolServer } from "./tool-server.ts";

/** Rules that do not do what rules about the log have to do. */
const rules: Readonly<Record<string, string>> = {
  "is an object": 'mask := {"a": 1}\n',
  "names what is no part of the event": 'mask contains "/subject"\n',
  "has two values": 'mask := {"/input"} if input.decision_id\n\nmask := {"/result"} if input.decision_id\n',
  "takes too long": 'mask contains "/input" if count([x | some x in numbers.range(1, 100000000); x > 0]) < 0\n',
};

const AT_ONCE = 8;
/** Calls that are worth a gateway with another rule. */
const CALLS_EACH = 20;

/** With a mask rule that is broken, every record is there, and none has anything of what was called with. */
export const brokenMasks: Check = {
  name: "broken-masks",
  full: 4_000,
  quick: 40,
  async run({ count, random, progress }) {
    const kinds = Object.entries(rules).slice(0, Math.ceil(count / CALLS_EACH));
    const failures: string[] = [];
    for (const [at, [what, rule]] of kinds.entries()) {
      const each = Math.ceil(count / kinds.length);
      const tried = await underRule(rule, { count: each, random, progress: (done) => progress(at * each + done) });
      failures.push(...tried.failures.map((failure) => `with a mask rule that ${what}: ${failure}`));
    }
    return { count: kinds.length * Math.ceil(count / kinds.length), failures, figures: { rules: kinds.length } };
  },
};

async function underRule(rule: string, context: CheckContext): Promise<Tried> {
  const tools = new ToolServer();
  const gateway = await startGateway({
    routes: [paymentsRoute(await tools.listen())],
    policy: (copy) => copy.writeNew("system/log.rego", `package system.log\n\n${rule}`),
  });
  try {
    const secrets = await callAll(gateway, context);
    await gateway.kill("SIGTERM");
    return { count: context.count, failures: await problemsIn(gateway.logDir, secrets) };
  } finally {
    await gateway.close();
    await tools.close();
  }
}

/** @returns what each decision's call must not leave in the log, by decision */
async function callAll(gateway: TestGateway, { count, random, progress }: CheckContext): Promise<Map<string, string>> {
  const agent = gateway.refundBot();
  const secrets = new Map<string, string>();
  const numbers = Array.from({ length: count }, (_, at) => `o-${at}-${random.below(2 ** 31)}-secret`);
  const caller = async (): Promise<void> => {
    for (let secret = numbers.pop(); secret !== undefined; secret = numbers.pop()) {
      const { decisionId } = await agent.call({ method: "GET", path: `/payments/v1/orders/${secret}` });
      secrets.set(decisionId ?? `none of ${secret}`, secret);
      progress(secrets.size);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
  return secrets;
}

async function problemsIn(log: string, secrets: ReadonlyMap<string, string>): Promise<string[]> {
  const failures = new Failures();
  const missing = new Set(secrets.keys());
  for (const segment of await segmentFiles(log))
    for await (const line of segmentLines(log, segment)) {
      if (/o-\d+-\d+-secret/.test(line)) failures.add(`a record has what was called with: ${line}`);
      const record = recordIn(line);
      if (record?.["kind"] !== "decision") continue;
      missing.delete(String(record["decision_id"]));
      if (record["mask_failed"] !== true) failures.add(`a record does not say that its mask failed: ${line}`);
    }
  for (const id of missing) failures.add(`the decision ${id} has no record`);
  return failures.list();
}
