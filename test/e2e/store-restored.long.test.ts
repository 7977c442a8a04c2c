import { copyFile, rm } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { startChild } from "../../demo/tools/child.ts";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;
const env = { DEMO_PAYMENTS_KEY: "demo-payments-key", DEMO_CRM_KEY: "demo-crm-key" };

describe("a store that is restored without what was written last", () => {
  let payments: ToolServer;
  let gateway: TestGateway;
  let file: string;

  beforeAll(async () => {
    payments = await startPayments(0);
    gateway = await startGateway({ routes: [paymentsRoute(payments.origin)] });
    file = join(gateway.dir, "data/sallyport.db");
  });
  afterAll(() => Promise.all([gateway?.close(), payments?.stop()]));

  const serve = (...more: string[]) =>
    startChild(["gateway/main.ts", "serve", "--config", join(gateway.dir, "sallyport.yaml"), ...more], env);

  it("does not start by itself, and starts by the operator's word", async () => {
    const store = new DatabaseSync(file, { timeout: 60_000 });
    store.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    await copyFile(file, `${file}.backup`);
    const revocation = { id: "k_1", kind: "gateway", issuer: null, target: null, reason: "incident", by: "x", at: 1 };
    store.prepare("INSERT INTO revocations (id, body) VALUES (?, ?)").run("k_1", JSON.stringify(revocation));
    store.close();
    expect((await gateway.refundBot().call(order)).body).toMatchObject({ code: "gateway_stopped" });
    const marks = join(gateway.dir, "data/log/store.marks.json");
    await eventually("the log's folder knows", () =>
      readFileSync(marks, "utf8").includes('"revocations":1') ? true : null,
    );
    await gateway.kill("SIGKILL");
    await Promise.all([rm(`${file}-wal`), rm(`${file}-shm`)]);
    await copyFile(`${file}.backup`, file);

    const refused = serve();
    await expect(refused.waitFor(() => null, 60_000)).rejects.toThrow(
      /ended with 2:[^]*access was ended or given back since it was written/,
    );
    expect(refused.output()).not.toMatch(/\n\s+at /);

    const accepted = serve("--accept-store");
    await accepted.waitFor(({ output }) => (output().includes("people decide at") ? true : null), 60_000);
    await accepted.stop();
    await gateway.startAgain();
    expect((await gateway.refundBot().call(order)).status).toBe(200);
  }, 120_000);
});
