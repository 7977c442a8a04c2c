import { cpSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Approver, signIn } from "../../../demo/agent/approver.ts";
import { startPayments } from "../../../demo/tools/start.ts";
import type { PolicyStatus } from "../../../gateway/domain/ports.ts";
import { inProcess } from "../../unit/cli/run.ts";
import { eventually } from "../eventually.ts";
import { demoPolicy } from "../policy-copy.ts";
import { paymentsRoute } from "../routes.ts";
import { startGateway, type TestGateway } from "../start-gateway.ts";

const limits = "sallyport/limits/data.yaml";
/** Of a rule of the site itself, and its test. */
export const rule = "sallyport/rules/trial/orders/orders.rego";
export const ruleText = (order: string) => `package sallyport.rules.trial.orders

import data.sallyport.reason

# METADATA
# title: This order is not read
# custom: { code: NO_ORDER, severity: low }
_no_order := reason.of(rego.metadata.chain())

deny contains _no_order if {
	input.resource.id == "payments/get_order"
	input.context.arguments.order_id == "${order}"
}
`;
export const test1 = "sallyport/rules/trial/orders/orders_test.rego";
export const testText = (order: string) => `package sallyport.rules.trial.orders_test

import data.sallyport.rules.trial.orders
import data.sallyport.testing

test_denies if {
	call := testing.call("refund-bot", ["refunds"], "payments", "get_order", {"order_id": "${order}"})
	testing.codes(orders.deny) == {"NO_ORDER"} with input as call
}
`;

export interface RequiredPolicies {
  site(name: string): Promise<Site>;
  /** A gateway with the library and this site, where olga may accept and ask, and she and paul may approve. */
  started(dir: string, required: object, until?: "ready" | "live"): Promise<TestGateway>;
  person(gateway: TestGateway, name: string): Promise<Person>;
  close(): Promise<void>;
}

/** Sites whose policy has to fulfil something, on whole gateways in front of the tool server of the demonstration. */
export async function requiredPolicies(): Promise<RequiredPolicies> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-require-"));
  const payments = await startPayments(0);
  return {
    site: (name) => site(join(folder, name)),
    started: (dir, required, until) => started(payments.origin, dir, required, until),
    person: (gateway, name) => person(folder, gateway, name),
    async close() {
      await payments.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The folder of a policy. */
export interface Site {
  readonly dir: string;
  readonly write: (path: string, text: string) => Promise<void>;
  /** Changes the limit of refunds, which is 500. */
  readonly most: (amount: number) => Promise<void>;
}

/** A site of its own, with a rule and its test, beside the library. */
async function site(dir: string): Promise<Site> {
  cpSync(demoPolicy, dir, { recursive: true });
  await rm(join(dir, "golden"), { recursive: true });
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  };
  const original = await readFile(join(dir, limits), "utf8");
  const most = async (amount: number) => write(limits, original.replace("max: 500", `max: ${amount}`));
  if (!original.includes("max: 500")) throw new Error("the demonstration has another limit");
  await write(rule, ruleText("o-999"));
  await write(test1, testText("o-999"));
  return { dir, write, most };
}

function started(
  origin: string,
  dir: string,
  required: object,
  until: "ready" | "live" = "ready",
): Promise<TestGateway> {
  const users = [
    { name: "olga", roles: ["operator", "policy-approver"] },
    { name: "paul", roles: ["policy-approver"] },
  ];
  return startGateway({
    routes: [paymentsRoute(origin)],
    config: { policy: { sources: ["library", dir], poll: "1s", require: required } },
    login: () => Promise.resolve({ users }),
    until,
  });
}

/** What a person asks at a terminal and in the console; everybody's first password is told once. */
async function person(folder: string, gateway: TestGateway, name: string): Promise<Person> {
  const [, password = ""] = await gateway.told(new RegExp(`first password of ${name}, told only now: (\\S+)`));
  const file = join(folder, `${name}-${gateway.pid()}`);
  await writeFile(file, password);
  const who = ["--console", gateway.console, "--user", name, "--password-file", file];
  const policy = (...args: string[]) => inProcess(["policy", ...args, ...who]);
  const signedIn = async (): Promise<Person> => ({
    policy,
    console: await signIn(gateway.console, name, password),
    again: signedIn,
  });
  return signedIn();
}

export interface Person {
  readonly policy: (...args: string[]) => ReturnType<typeof inProcess>;
  readonly console: Approver;
  /** Signs in again, after a restart. */
  readonly again: () => Promise<Person>;
}

export const statusOf = ({ console }: Person) => console.get("/api/policy") as Promise<PolicyStatus>;

/** The status, once an edit is stopped for this reason. */
export const stopped = (who: Person, why: string): Promise<PolicyStatus> =>
  eventually(`an edit is not active because of ${why}`, async () => {
    const status = await statusOf(who);
    return status.failure?.message.includes(why) === true ? status : null;
  });

export const applied = (who: Person, before: PolicyStatus): Promise<PolicyStatus> =>
  eventually("another revision is active", async () => {
    const status = await statusOf(who);
    const isOther = status.active?.revision !== before.active?.revision;
    return isOther && status.failure === null ? status : null;
  });

export const refund = async (gateway: TestGateway, amount: number) => {
  const json = { order_id: "o-882", amount, currency: "EUR", reason: "late" };
  return (await gateway.refundBot().call({ method: "POST", path: "/payments/v1/refunds", json })).status;
};
export const textOf = async (gateway: TestGateway, path: string) => (await fetch(`${gateway.console}${path}`)).text();
