import { knownNames } from "../../../gateway/compose/known-names.ts";
import type { Config } from "../../../gateway/config/config.ts";
import { activePolicy, catalogFact, route } from "../../support/builders.ts";

const config = {
  issuers: [{ issuer: "https://idp.example/" }],
  routes: [route({ server: "payments" })],
} as unknown as Config;
const policy = activePolicy({ catalog: (_server, tool) => catalogFact({ known: tool === "create_refund" }) });
const listed = { digest: "sha256:1", pinned: true, changed: false } as never;
const names = knownNames(config, {
  leases: { get: async (id) => (id === "t_1" ? ([] as never) : null) },
  bundles: { active: () => policy },
  definitions: {
    fact: async ({ name }) => (name === "listed" ? listed : { ...(listed as object), digest: null }) as never,
  },
});

test.each([
  ["issuer", "https://idp.example", true],
  ["issuer", "https://IDP.example/", true],
  ["issuer", "https://idp.exmaple", false],
  ["server", "payments", true],
  ["server", "paymnets", false],
  ["tool", "payments/create_refund", true],
  ["tool", "payments/listed", true],
  ["tool", "payments/create_refnud", false],
  ["tool", "elsewhere/listed", false],
  ["task", "t_1", true],
  ["task", "t_2", false],
  ["subject", "payments", false],
] as const)("the %s %s is known without a call: %p", async (kind, target, is) => {
  expect(await names.has({ kind, issuer: null, target })).toBe(is);
});

test("everybody has no name", async () => {
  expect(await names.has({ kind: "gateway", issuer: null, target: null })).toBe(false);
});
