/**
 * Failures seen elsewhere: what was allowed once is taken for allowed. Here policy, the kill switch and the call itself
 * change between the vote and the release, and every call is judged by what holds then.
 */
import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../../support/eventually.ts";
import { type Answer, heldId } from "../../verify/approvals/world/caller.ts";
import { type House, openHouse } from "../../verify/approvals/world/house.ts";
import type { Person } from "../../verify/approvals/world/person.ts";
import { wholeLines } from "../../support/record/whole-lines.ts";

const path = "/payments/v1/transfers";
const rule = "sallyport/rules/verify/ask/trap.rego";

let house: House;
let person: Person;
let token: string;

beforeAll(async () => {
  house = await openHouse({ policy: "folder" });
  person = await house.gateways[0]!.person();
  token = await house.issuer.token({ sub: "refund-bot" });
}, 120_000);
afterAll(() => house?.close());

function send(item: string, json: object = {}, headers: Record<string, string> = {}, as = token): Promise<Answer> {
  return house.gateways[0]!.caller.call({ path, token: as, json: { item, ...json }, headers });
}

async function approved(item: string, json: object = {}, as = token): Promise<string> {
  const id = heldId(await send(item, json, {}, as)) ?? "";
  expect((await person.vote(id)).body).toMatchObject({ state: "approved" });
  return id;
}

/** Resolves when what `edit` wrote is the active policy. */
async function policy(edit: () => Promise<void>): Promise<void> {
  const active = async () =>
    (await person.get("/api/policy")).body as { active: { revision: string }; failure: unknown };
  const before = (await active()).active.revision;
  await edit();
  await eventually(
    "the edit is active",
    async () => ((await active()).active.revision === before ? null : true),
    60_000,
  );
}

async function withPolicy(path: string, text: string, use: () => Promise<void>): Promise<void> {
  const before = await house.policy.read(path).catch(() => neutral);
  await policy(() => house.policy.write(path, text));
  try {
    await use();
  } finally {
    await policy(() => house.policy.write(path, before));
  }
}

const neutral = "package sallyport.rules.verify.trap\n\noblige contains duty if {\n\tsome duty in []\n}\n";

async function asking(change: object): Promise<string> {
  const all = JSON.parse(await house.policy.read("sallyport/questions/data.yaml")) as {
    payments: { transfer: object };
  };
  return JSON.stringify({ payments: { ...all.payments, transfer: { ...all.payments.transfer, ...change } } });
}

const twoPeople = { require: [{ role: "payments-approver", count: 2 }] };

describe("policy got stricter while held, still released", () => {
  test("what one person approved is asked for again when two are needed now, and the card says so", async () => {
    const item = randomUUID();
    const id = await approved(item);
    await withPolicy("sallyport/questions/data.yaml", await asking(twoPeople), async () => {
      const again = heldId(await send(item));
      expect(again).not.toBe(id);
      const { approval } = (await person.get(`/api/approvals/${again}`)).body as {
        approval: { replaces: { changes: object[] } };
      };
      expect(approval.replaces.changes).toMatchObject([{ what: "policy" }]);
      expect((await person.get(`/api/approvals/${id}`)).body).toMatchObject({ state: "drifted" });
      expect((await person.vote(again ?? "")).body).toMatchObject({ state: "held" });
      await send(item);
    });
    expect(house.upstream.count(item)).toBe(0);
  });

  test("a caller that waited is not released by the vote that was enough before", async () => {
    const item = randomUUID();
    const waiting = send(item, {}, { prefer: "wait=600" });
    const held = await heldWhile(waiting, item);
    await withPolicy("sallyport/questions/data.yaml", await asking(twoPeople), async () => {
      await person.vote(held);
      const anew = await eventually("people are asked anew", async () => {
        const open = await openOf(item);
        return open === held ? null : open;
      });
      await person.vote(anew, { vote: "deny", reason: "no" });
      expect((await waiting).status).toBe(403);
    });
    expect(house.upstream.count(item)).toBe(0);
  });

  test("what policy denies now is denied, whoever approved it", async () => {
    const item = randomUUID();
    await approved(item, { amount: 10 });
    const limits = await house.policy.read("sallyport/limits/data.yaml");
    const stricter = limits.replace("payments:\n", "payments:\n  transfer:\n    amount: { above: 0, max: 5 }\n");
    await withPolicy("sallyport/limits/data.yaml", stricter, async () => {
      expect((await send(item, { amount: 10 })).status).toBe(403);
      expect(house.upstream.count(item)).toBe(0);
    });
    expect((await send(item, { amount: 10 })).status).toBe(200);
    expect(house.upstream.count(item)).toBe(1);
  });
});

/** The approval that `waiting` waits for. @throws Error with the answer when the call did not wait */
async function heldWhile(waiting: Promise<Answer>, item: string): Promise<string> {
  const answered = waiting.then(({ status, body }) => {
    throw new Error(`answered ${status} and not held: ${JSON.stringify(body)}`);
  });
  return Promise.race([eventually("it is held", () => openOf(item)), answered]);
}

async function openOf(item: string): Promise<string | null> {
  const open = await house.look((store) => store.list({ states: ["held"], limit: 1_000 }));
  return open.find(({ binding }) => binding.arguments?.["item"] === item)?.id ?? null;
}

test("a decision cache that ignores arguments: of a hundred calls at once each is judged by its own", async () => {
  const limits = await house.policy.read("sallyport/limits/data.yaml");
  const bounded = limits.replace("payments:\n", "payments:\n  transfer:\n    amount: { above: 0, max: 5 }\n");
  await withPolicy("sallyport/limits/data.yaml", bounded, async () => {
    const amounts = Array.from({ length: 100 }, (_, at) => (at * 7) % 11);
    const answers = await Promise.all(amounts.map((amount) => send("cache", { amount })));
    expect(answers.map(({ status }) => status)).toEqual(
      amounts.map((amount) => (amount > 0 && amount <= 5 ? 202 : 403)),
    );
    const ids = amounts.map((amount, at) => [amount, heldId(answers[at]!)] as const).filter(([, id]) => id !== null);
    expect(new Set(ids.map(([, id]) => id)).size).toBe(5);
    expect(new Set(ids.map(([amount, id]) => `${amount} ${id}`)).size).toBe(5);
  });
  expect(house.upstream.count("cache")).toBe(0);
});

describe("fail-open on policy error", () => {
  const trap = (body: string) => `package sallyport.rules.verify.trap\n\n${body}\n`;

  test("an approved call is refused by name while policy cannot judge it, and keeps its approval", async () => {
    const item = randomUUID();
    await approved(item);
    const runaway = trap(`deny contains object.union({"code": "X"}, {}) if {
	input.context.approval.status == "approved"
	some a in numbers.range(1, 2000)
	some b in numbers.range(1, 2000)
	a + b == 0
}`);
    await withPolicy(rule, runaway, async () => {
      const answer = await send(item);
      expect([answer.status, answer.body["code"]]).toEqual([503, "policy_out_of_fuel"]);
      expect(house.upstream.count(item)).toBe(0);
    });
    expect((await send(item)).status).toBe(200);
    expect(house.upstream.count(item)).toBe(1);
  });

  test("a rule that answers in a wrong shape releases nothing", async () => {
    const item = randomUUID();
    await approved(item);
    const misshapen = trap(
      `oblige contains object.union({"type": "no_such_duty"}, {}) if input.context.approval.status == "approved"`,
    );
    await withPolicy(rule, misshapen, async () => {
      const answer = await send(item);
      expect([answer.status, answer.body["code"]]).toEqual([503, "policy_obligation_unknown"]);
      expect(house.upstream.count(item)).toBe(0);
    });
  });

  test("an approved call that would be changed on its way is not sent changed: people are asked about what would be sent", async () => {
    const item = randomUUID();
    const id = await approved(item, { card: "4000" });
    const redacting = trap(`oblige contains {"type": "redact_arguments", "pointers": ["/card"]} if {
	input.context.approval.status == "approved"
}`);
    await withPolicy(rule, redacting, async () => {
      const answer = await send(item, { card: "4000" });
      expect(answer.status).toBe(202);
      expect(heldId(answer)).not.toBe(id);
      expect(house.upstream.count(item)).toBe(0);
    });
  });
});

test("a transformed request never re-judged: what is released was judged a second time, byte for byte what leaves", async () => {
  const item = randomUUID();
  const waiting = send(item, { amount: 3 }, { prefer: "wait=600" });
  await person.vote(await heldWhile(waiting, item));
  expect((await waiting).status).toBe(200);
  const lines = await eventually("both decisions and the outcome are on disk", async () => {
    const found = (await log()).filter(({ text }) => text.includes(item)).map(({ line }) => line);
    return found.length === 2 ? found : null;
  });
  expect(lines.map(({ result }) => result.effect)).toEqual(["hold", "allow"]);
  expect(lines[1]!.decision_id).not.toBe(lines[0]!.decision_id);
  expect(lines[1]!.judged_digest).toBe(lines[0]!.judged_digest);
  const sent = house.upstream.executed.find((one) => one.item === item);
  expect(sent?.headers["sallyport-decision"]).toBe(lines[1]!.decision_id);
  expect(sent?.body).toBe(JSON.stringify({ item, amount: 3 }));
});

interface Line {
  readonly kind: string;
  readonly decision_id: string;
  readonly judged_digest: string;
  readonly result: { readonly effect: string };
}

async function log(): Promise<{ text: string; line: Line }[]> {
  const { logDir } = house.gateways[0]!;
  const names = (await readdir(logDir)).filter((name) => name.endsWith(".jsonl"));
  const texts = await Promise.all(names.map((name) => readFile(join(logDir, name), "utf8")));
  return texts
    .flatMap(wholeLines)
    .map((text) => ({ text, line: JSON.parse(text) as Line }))
    .filter(({ line }) => line.kind === "decision");
}
