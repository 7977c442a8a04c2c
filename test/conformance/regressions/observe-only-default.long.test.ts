/**
 * A policy engine for agents came up in a mode that only logs unless somebody had asked it to enforce: installed, green, and
 * stopping nothing. Here: the smallest configuration enforces, there is no option that makes a decision advisory, and
 * without a policy nothing passes.
 */
import { mkdir } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, readConfig } from "../../../gateway/config/read-config.ts";
import { writeConfig } from "../../../demo/gate/config-file.ts";
import { pemFolder } from "../../unit/identify/certificate/fixtures.ts";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";

let upstream: RecordingUpstream;
beforeAll(async () => {
  upstream = await recordingUpstream();
});
afterAll(() => upstream.close());

/** Nothing but what the schema requires, and a port. */
const route = () => ({
  id: "payments",
  prefix: "/payments",
  protocol: "http",
  server: "payments",
  upstream: { origin: upstream.origin, allow_addresses: ["loopback"] },
  issuers: ["dev"],
});

async function withGateway(policy: "library" | "empty", judge: (gateway: TestGateway) => Promise<void>): Promise<void> {
  const emptied = {
    policy: async (copy: { write(path: string, text: string): Promise<void> }) =>
      copy.write("sallyport/main/main.rego", "package sallyport.main\n\n"),
  };
  const gateway = await startGateway({ routes: [route()], ...(policy === "empty" ? emptied : {}) });
  try {
    await judge(gateway);
  } finally {
    await gateway.close();
  }
}

test("enforces with the smallest configuration: what no rule permits is not forwarded", async () => {
  await withGateway("library", async (gateway) => {
    for (const who of [
      { sub: "refund-bot", role: "refunds" },
      { sub: "nobody", role: "none" },
    ]) {
      const authorization = `Bearer ${gateway.token(who, "/payments")}`;
      const answer = await fetch(`${gateway.agents}/payments/v1/anything`, { headers: { authorization } });
      expect([403, 404]).toContain(answer.status);
    }
    expect((await fetch(`${gateway.agents}/payments/v1/orders/881`)).status).toBe(401);
  });
  expect(upstream.requests).toEqual([]);
});

test("does not start with a policy that answers nothing", async () => {
  await expect(withGateway("empty", () => Promise.resolve())).rejects.toThrow(/no policy can be activated|sallyport/);
  expect(upstream.requests).toEqual([]);
});

test.each([
  "mode: observe",
  "mode: log_only",
  "enforce: false",
  "dry_run: true",
  "shadow: true",
  "default: allow",
  "fail_open: true",
])("has no option that makes decisions advisory: %s is refused, wherever it stands", async (line) => {
  const [key = "", value = ""] = line.split(": ");
  const folder = pemFolder();
  const base = { version: 1, issuers: [{ id: "dev", development: true }], routes: [route()] };
  const dir = join(folder.write("x", ""), "..");
  await mkdir(join(dir, "rego"));
  const places = [
    { ...base, [key]: value },
    { ...base, policy: { [key]: value } },
    { ...base, routes: [{ ...route(), [key]: value }] },
  ];
  for (const config of places) {
    const file = await writeConfig(dir, config);
    expect(() => readConfig(file)).toThrow(ConfigError);
  }
  folder.remove();
});

test("documents no option that would: what is judged in the shadow decides nothing", () => {
  const schema = readFileSync(new URL("../../../sallyport.schema.json", import.meta.url), "utf8");
  const names = [...schema.matchAll(/"([a-z_]+)": \{/g)].map(([, name]) => name ?? "");
  expect(names.length).toBeGreaterThan(50);
  // `policy.shadow` names a candidate that is judged beside the active policy.
  expect(
    names.filter((name) => /observe|shadow|dry|advis|audit_only|log_only|enforce|fail_open|allow_all/.test(name)),
  ).toEqual(["shadow"]);
});
