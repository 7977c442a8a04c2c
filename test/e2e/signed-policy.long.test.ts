/** A security team's way from rules to a gateway that takes nobody else's: both ways to sign, as docs/policy-opa.md has them. */
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { HttpAgent } from "../../demo/agent/http-agent.ts";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { type Signer, type SigningRoom, signingRoom } from "../support/bundles/signed-bundle.ts";
import { eventually } from "../support/eventually.ts";
import { copyPolicy, readOnlyPolicy } from "../support/policy-copy.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { inProcess } from "../unit/cli/run.ts";
import { opa } from "../unit/decide/support/compile-rego.ts";

const library = readOnlyPolicy();
const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;
const refund = {
  method: "POST",
  path: "/payments/v1/refunds",
  json: { order_id: "o-882", amount: 450, currency: "EUR", reason: "late" },
} as const;

interface PolicyStatus {
  readonly active: { readonly revision: string; readonly source: string };
  readonly failure: { readonly stage: string; readonly message: string } | null;
}

let folder: string;
let room: SigningRoom;
let signer: Signer;
let payments: ToolServer;
let gateway: TestGateway;
let agent: HttpAgent;
let deployed: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-signed-policy-"));
  room = await signingRoom();
  signer = await room.signer("ES256");
  deployed = join(folder, "policy.tar.gz");
  payments = await startPayments(0);
  await copyFile(await signedByOpa(await build(library)), deployed);
  gateway = await startGateway({
    routes: [paymentsRoute(payments.origin)],
    config: {
      policy: {
        source: { archive: deployed },
        signing: { keys: { release: { file: signer.verifyFile, algorithm: "ES256" } }, scope: "production" },
      },
    },
  });
  agent = gateway.refundBot();
}, 120_000);
afterAll(async () => {
  await gateway?.close();
  await payments?.stop();
  await room.remove();
  await rm(folder, { recursive: true });
});

async function build(rego: string): Promise<string> {
  const { stdout, stderr } = await inProcess([
    "policy",
    "build",
    rego,
    "--out",
    await mkdtemp(join(folder, "b-")),
    "--json",
  ]);
  if (stdout === "") throw new Error(stderr);
  return (JSON.parse(stdout) as { archive: string }).archive;
}

/** With opa and tar alone. */
async function signedByOpa(archive: string): Promise<string> {
  const work = await mkdtemp(join(folder, "s-"));
  await copyFile(archive, join(work, "policy.tar.gz"));
  await writeFile(join(work, "claims.json"), '{"keyid":"release","scope":"production","iat":1790000000}');
  const script = `"$OPA" sign --bundle policy.tar.gz --signing-key "$KEY" --signing-alg ES256 --claims-file claims.json
    gunzip policy.tar.gz && tar -rf policy.tar .signatures.json && gzip policy.tar`;
  await promisify(execFile)("sh", ["-ec", script], {
    cwd: work,
    env: { ...process.env, OPA: opa, KEY: signer.signFile },
  });
  return join(work, "policy.tar.gz");
}

async function signedByUs(archive: string): Promise<string> {
  const out = join(await mkdtemp(join(folder, "s-")), "policy.tar.gz");
  const key = ["--signing-key", signer.signFile, "--signing-alg", "ES256", "--keyid", "release"];
  const done = await inProcess(["policy", "sign", archive, ...key, "--scope", "production", "--out", out]);
  expect(done).toMatchObject({ code: 0 });
  return out;
}

async function deploy(archive: string): Promise<void> {
  await copyFile(archive, `${deployed}.new`);
  await rename(`${deployed}.new`, deployed);
}

const status = async (): Promise<PolicyStatus> => (await (await gateway.approver()).get("/api/policy")) as PolicyStatus;

async function lowerCeiling(): Promise<string> {
  const copy = copyPolicy(await mkdtemp(join(folder, "r-")));
  await copy.addData("limits", { payments: { create_refund: { amount: { max: 400 } } } });
  return build(copy.dir);
}

it("judges by a bundle of policy build that opa signed, and opa itself takes the bundle", async () => {
  expect((await agent.call(order)).status).toBe(200);
  expect((await agent.call(refund)).status).toBe(202);
  expect(await room.opaRefusal(deployed, signer, { scope: "production" })).toBeNull();
});

it("stays with it when another bundle takes its place unsigned, and takes that once it is signed", async () => {
  const before = await status();
  const built = await lowerCeiling();
  await deploy(built);
  const { failure, active } = await eventually("the refusal is reported", async () => {
    const now = await status();
    return now.failure === null ? null : now;
  });
  expect(failure).toMatchObject({ stage: "verify", message: expect.stringMatching(/^the bundle is not signed/) });
  expect(active).toEqual(before.active);
  expect((await agent.call(refund)).status).toBe(202);
  await deploy(await signedByUs(built));
  await eventually("the lower ceiling denies", async () => ((await agent.call(refund)).status === 403 ? true : null));
  expect((await status()).failure).toBeNull();
});

it("does not go back to the bundle that was signed before, also not after a restart", async () => {
  await deploy(await signedByOpa(await build(library)));
  const { failure } = await eventually("the refusal is reported", async () => {
    const now = await status();
    return now.failure === null ? null : now;
  });
  expect(failure?.message).toMatch(/^the bundle was signed at 2026-09-21T14:13:20Z, before one that has been active/);
  await gateway.kill("SIGTERM");
  await expect(gateway.startAgain()).rejects.toThrow();
  await deploy(await signedByUs(await lowerCeiling()));
  await gateway.startAgain();
  expect((await gateway.refundBot().call(refund)).status).toBe(403);
}, 120_000);
