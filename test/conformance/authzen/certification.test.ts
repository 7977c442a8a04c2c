import { readFileSync } from "node:fs";
import { parse } from "yaml";
import {
  addRule,
  type Answer,
  type AuthzenGateway,
  recordsCatalog,
  startAuthzenGateway,
} from "../../support/authzen-gateway.ts";

interface Case {
  readonly id: string;
  readonly level: string;
  readonly says: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly send?: unknown;
  readonly raw?: string;
  readonly times?: number;
  readonly want: {
    readonly status?: number;
    readonly decision?: boolean;
    readonly evaluations?: readonly (boolean | "any")[];
  };
}

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const casesOf = (path: string): Case[] => parse(read(path), { merge: true }) as Case[];
const named = (cases: readonly Case[]) => cases.map((one) => [`${one.level}, ${one.id}: ${one.says}`, one] as const);

let gateway: AuthzenGateway;

beforeAll(async () => {
  gateway = await startAuthzenGateway({
    policy: async (copy) => {
      await addRule(copy, "records/access", read("policy/records.rego"));
      await copy.addData("catalog", recordsCatalog);
    },
  });
});
afterAll(() => gateway?.close());

async function play(path: string, { send, raw, headers = {}, times = 1, want }: Case): Promise<void> {
  const sending = raw === undefined ? { json: send } : { raw, method: "POST" };
  for (let time = 0; time < times; time++) {
    const answer = await gateway.ask(path, { ...sending, headers });
    expect({ ...answer.body, status: answer.status }).toMatchObject({ status: want.status ?? 200 });
    if (headers["x-request-id"] !== undefined) expect(answer.headers.get("x-request-id")).toBe(headers["x-request-id"]);
    if (want.decision !== undefined) expectDecision(answer.body, want.decision);
    if (want.evaluations !== undefined) expectAll(answer, want.evaluations);
  }
}

function expectAll({ headers, body }: Answer, wanted: readonly (boolean | "any")[]): void {
  expect(headers.get("content-type")).toBe("application/json");
  expect(body).not.toHaveProperty("decision");
  expect(body.evaluations).toHaveLength(wanted.length);
  wanted.forEach((decision, index) => expectDecision(body.evaluations[index], decision));
}

function expectDecision(evaluation: unknown, wanted: boolean | "any"): void {
  const context = expect.objectContaining({ evaluation_id: expect.stringMatching(/^d_/) });
  expect(evaluation).toEqual({ decision: wanted === "any" ? expect.any(Boolean) : wanted, context });
}

test.each(named(casesOf("cases/basic.yaml")))("%s", (_name, one) => play("/access/v1/evaluation", one));

test.each(named(casesOf("cases/batch.yaml")))("%s", (_name, one) => play("/access/v1/evaluations", one));

test("every level of the scenario that is claimed has its cases", () => {
  const levels = new Set([...casesOf("cases/basic.yaml"), ...casesOf("cases/batch.yaml")].map(({ level }) => level));
  expect([...levels].sort()).toEqual(["Basic Core", "Basic Properties", "Batch Core", "Batch Properties", "Semantics"]);
});

test("tells where its endpoints are, under its own name", async () => {
  const { status, headers, body } = await gateway.ask("/.well-known/authzen-configuration", { token: null });
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("application/json");
  expect(body).toEqual({
    policy_decision_point: gateway.agents,
    access_evaluation_endpoint: `${gateway.agents}/access/v1/evaluation`,
    access_evaluations_endpoint: `${gateway.agents}/access/v1/evaluations`,
    access_request_endpoint: `${gateway.agents}/access/v1/requests`,
    jwks_uri: `${gateway.agents}/access/v1/jwks`,
    capabilities: ["urn:openid:authzen:capability:access-request"],
  });
});
