/** Tokens that `sallyport token mint` makes, used against a running gateway as its manual says. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { wholeLines } from "../support/record/whole-lines.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { inProcess } from "../unit/cli/run.ts";

const rotate = "/payments/v1/keys/rotate";
const order = "/payments/v1/orders/o-881";

describe("a token of the development issuer", () => {
  let upstream: RecordingUpstream;
  let gateway: TestGateway;
  const path = (name: string) => join(gateway.dir, name);

  beforeAll(async () => {
    upstream = await recordingUpstream();
    gateway = await startGateway({
      routes: [paymentsRoute(upstream.origin)],
      limits: { headers: "32KiB" },
      // Whenever the tests run, it is a working hour.
      policy: (copy) => rm(copy.file("sallyport/rules/time"), { recursive: true }),
    });
  });
  afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

  async function cli(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await inProcess(["token", ...args]);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  const mint = (...args: string[]) =>
    cli("mint", "-c", path("sallyport.yaml"), "--sub", "refund-bot", "--role", "refunds", ...args);

  async function call(method: string, target: string, headers: Record<string, string>) {
    const body = method === "POST" ? { body: "{}" } : {};
    const json = { ...headers, ...(method === "POST" ? { "content-type": "application/json" } : {}) };
    const answer = await fetch(gateway.agents + target, { method, headers: json, ...body });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  it("may call a highly sensitive tool with a proof that the command line makes, once, and not without", async () => {
    const key = path("dpop.jwk.json");
    const token = await mint("--dpop", key);
    writeFileSync(path("token.txt"), token);
    const proof = (...args: string[]) =>
      cli("proof", "--key", key, "--url", gateway.agents + rotate, "--token", path("token.txt"), ...args);
    const proven = { authorization: `DPoP ${token}`, dpop: await proof("--method", "POST") };
    expect((await call("POST", rotate, proven)).status).toBe(200);
    expect(await call("POST", rotate, proven)).toMatchObject({
      status: 401,
      text: expect.stringContaining("proof_replayed"),
    });
    const bearer = { authorization: `Bearer ${token}` };
    expect((await call("POST", rotate, bearer)).text).toContain("token_proof_missing");
    const plain = { authorization: `Bearer ${await mint()}` };
    expect((await call("POST", rotate, plain)).text).toContain("PROOF_REQUIRED");
    expect(upstream.requests.filter(({ target }) => target === "/v1/keys/rotate")).toHaveLength(1);
  });

  it("fails no call by claims that are too long, and writes the text of its task nowhere", async () => {
    writeFileSync(path("task.txt"), `Pay the bill\nof ann@shop.example\n${"t".repeat(16_000)}`);
    const token = await mint(
      ...["--purpose", "p".repeat(600), "--claim", `note=${"n".repeat(4_000)}`],
      ...["--claim", "tenant=blue", "--claim-file", `task_text=${path("task.txt")}`],
    );
    const { status, headers } = await call("GET", order, { authorization: `Bearer ${token}` });
    expect(status).toBe(200);
    const decision = String(headers.get("sallyport-decision"));
    const folders = readdirSync(gateway.dir, { recursive: true, withFileTypes: true });
    const files = folders.filter((entry) => entry.isFile() && entry.name !== "task.txt");
    const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
    expect([...texts, gateway.output()].filter((text) => text.includes("ann@shop.example"))).toEqual([]);
    const segments = readdirSync(gateway.logDir).filter((name) => name.endsWith(".jsonl"));
    const line = segments
      .flatMap((name) => wholeLines(readFileSync(join(gateway.logDir, name), "utf8")))
      .find((one) => one.includes(decision) && one.includes('"kind":"decision"'));
    const { input } = JSON.parse(line ?? "null") as { input: { subject: object; context: object } };
    expect(input.context).toMatchObject({
      intent: { purpose: "p".repeat(512), declared_by: "token", truncated: true },
    });
    expect(input.subject).toMatchObject({
      properties: { claims_omitted: ["note"], claims: { tenant: "blue", purpose: "p".repeat(600) } },
    });
  });
});
