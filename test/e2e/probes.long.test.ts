import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lineTo, type Line } from "../support/postgres/line.ts";
import { startMigrated } from "../support/postgres/migrated.ts";
import { describeWithPostgres, type PostgresServer } from "../support/postgres/server.ts";
import { type House, openHouse } from "../verify/approvals/world/house.ts";

/** Far below the limit of the store, and above what a probe takes on a busy machine. */
const patienceMs = 5_000;

describeWithPostgres("while the database is silent", () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-probes-"));
  let server: PostgresServer;
  let line: Line;
  let house: House;
  beforeAll(async () => {
    server = await startMigrated();
    line = await lineTo(server.port);
    const file = join(folder, "store.url");
    writeFileSync(file, server.url().replace(`:${server.port}/`, `:${line.port}/`));
    house = await openHouse({ sections: { store: { postgres: { url: `file:${file}`, statement_timeout: "30s" } } } });
  });
  afterAll(async () => {
    await house?.close();
    await line?.close();
    await server?.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(() => line.set("whole"));
  const answer = async (path: string) => {
    const response = await fetch(`${house.gateways[0]!.console}${path}`, { signal: AbortSignal.timeout(patienceMs) });
    return response.text();
  };

  it("a probe and a scrape are answered, and name what has no answer", async () => {
    line.set("dead");
    const { findings } = JSON.parse(await answer("/readyz")) as { findings: { name: string; problem: string }[] };
    const silent = findings.find(({ name }) => name === "health-channels");
    expect(silent?.problem).toMatch(/cannot be found out since 2\d{3}-/);
    const page = await answer("/metrics");
    expect(page).toContain('sallyport_metrics_missing{metric="sallyport_held_calls"} 1');
    expect(page).toContain('sallyport_findings{severity="degraded"}');
  });
});
