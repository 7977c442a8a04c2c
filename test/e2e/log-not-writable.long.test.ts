import { blockFolder } from "../support/blocked-folder.ts";
import { appendFile, readdir, readFile, rename, rm, truncate } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { HttpAnswer } from "../../demo/agent/http-agent.ts";
import { startCrm, startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import { mcpClient } from "../support/mcp-clients.ts";
import { removeAtOnce } from "../support/remove-at-once.ts";
import { crmRoute, paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;

const damages: readonly [what: string, damage: (file: string) => Promise<void>][] = [
  ["deleted", (file) => rm(file)],
  ["moved away", (file) => rename(file, join(dirname(dirname(file)), `old-${basename(file)}`))],
  ["emptied", (file) => truncate(file, 0)],
  ["cut", (file) => truncate(file, 700)],
  ["appended to", (file) => appendFile(file, "not a record\n")],
  ["deleted with its folder", async (file) => removeAtOnce(dirname(file))],
];

describe("a decision log that cannot be written", () => {
  let payments: ToolServer;
  let crm: ToolServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    [payments, crm] = await Promise.all([startPayments(0), startCrm(0)]);
    gateway = await startGateway({ routes: [paymentsRoute(payments.origin), crmRoute(crm.origin)] });
  });
  afterAll(() => Promise.all([gateway?.close(), payments?.stop(), crm?.stop()]));

  it("answers every call 503 and forwards nothing, says so, and recovers by itself", async () => {
    const agent = gateway.refundBot();
    const client = await mcpClient(
      "v2 modern",
      `${gateway.agents}/mcp/crm`,
      gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm"),
    );
    expect((await agent.call(order)).status).toBe(200);
    const before = await Promise.all([payments.counts(), crm.counts()]);

    const unblock = await blockFolder(gateway.logDir);
    const afterFirst = await payments.counts();

    const answers: HttpAnswer[] = await Promise.all(Array.from({ length: 40 }, () => agent.call(order)));
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 503));
    expect(answers[0]?.body).toMatchObject({ code: "record_unavailable" });
    const tool = await client.call("find_ticket", { query: "x" }).then(
      (result) => result.isError,
      () => true,
    );
    expect(tool).toBe(true);
    expect(await payments.counts()).toEqual(afterFirst);
    expect((await payments.counts()).executions).toEqual(before[0].executions);
    expect((await crm.counts()).executions).toEqual(before[1].executions);
    expect((await fetch(`${gateway.console}/readyz`)).status).toBe(503);

    await unblock();
    // Nobody sends calls to a gateway that is not ready.
    await eventually("it is ready again", async () =>
      (await fetch(`${gateway.console}/readyz`)).status === 200 ? true : null,
    );
    expect((await agent.call(order)).status).toBe(200);
    await client.close();
  });

  it.each(damages)(
    "refuses the call after its file was %s, goes on in a new one, and is still searched",
    async (_what, damage) => {
      const agent = gateway.refundBot();
      const approver = await gateway.approver();
      expect((await agent.call(order)).status).toBe(200);
      await approver.get("/api/decisions?limit=1");
      await eventually("the outcome is written", async () => ((await lastKind()) === "outcome" ? true : null));
      // Its line is there before it is known to be: the outcome itself would meet the damage, and the next call none.
      await eventually("nothing is on its way to the file", async () => ((await unwritten()) === 0 ? true : null));
      const before = await payments.counts();
      await damage(await newest());
      const refused = await agent.call(order);
      expect([refused.status, refused.body]).toEqual([503, expect.objectContaining({ code: "record_unavailable" })]);
      expect(await payments.counts()).toEqual(before);
      const answers = await Promise.all(Array.from({ length: 20 }, () => agent.call(order)));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));

      const found = (await approver.get("/api/decisions?limit=20&effect=allow")) as { rows: { seq: number }[] };
      expect(found.rows.length).toBe(20);
      const lines = (await readFile(await newest(), "utf8")).split("\n").slice(0, -1);
      const written = lines.map((line) => JSON.parse(line) as { seq: number; kind: string });
      expect(written[0]?.kind).toBe("interruption");
      expect(written.filter(({ kind }) => kind === "decision").length).toBeGreaterThanOrEqual(20);
      const start = written[0]?.seq ?? 0;
      expect(start).toBeGreaterThan(2);
      expect(written.map(({ seq }) => seq)).toEqual(written.map((_line, index) => start + index));
      const ready = await fetch(`${gateway.console}/readyz`);
      expect([ready.status, await ready.text()]).toEqual([200, expect.stringContaining("decision-log-changed")]);
    },
  );

  /** Records that are not known to be on disk. */
  async function unwritten(): Promise<number> {
    const metrics = await (await fetch(`${gateway.console}/metrics`)).text();
    return Number(/^sallyport_log_lag_records (\d+)$/m.exec(metrics)?.[1]);
  }

  async function lastKind(): Promise<string> {
    const last = (await readFile(await newest(), "utf8")).split("\n").at(-2) ?? "";
    return (JSON.parse(last) as { kind: string }).kind;
  }

  /** The file that is written now. */
  async function newest(): Promise<string> {
    const names = (await readdir(gateway.logDir)).filter((name) => name.endsWith(".jsonl"));
    return join(gateway.logDir, names.toSorted().at(-1) ?? "");
  }
});
