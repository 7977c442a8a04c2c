import { type DatabaseOnLine, databaseOnLine } from "../support/postgres/database-on-line.ts";
import { describeWithPostgres } from "../support/postgres/server.ts";
import { type House, openHouse } from "../verify/approvals/world/house.ts";

/** Far below the limit of the store, and above what a probe takes on a busy machine. */
const patienceMs = 5_000;

describeWithPostgres("while the database is silent", () => {
  let database: DatabaseOnLine;
  let house: House;
  beforeAll(async () => {
    database = await databaseOnLine();
    house = await openHouse({ sections: { store: database.section("30s") } });
  });
  afterAll(async () => {
    await house?.close();
    await database?.close();
  });
  afterEach(() => database.line.set("whole"));
  const answer = async (path: string) => {
    const response = await fetch(`${house.gateways[0]!.console}${path}`, { signal: AbortSignal.timeout(patienceMs) });
    return response.text();
  };

  it("a probe and a scrape are answered, and name what has no answer", async () => {
    database.line.set("dead");
    const { findings } = JSON.parse(await answer("/readyz")) as { findings: { name: string; problem: string }[] };
    const silent = findings.find(({ name }) => name === "health-channels");
    expect(silent?.problem).toMatch(/cannot be found out since 2\d{3}-/);
    const page = await answer("/metrics");
    expect(page).toContain('sallyport_metrics_missing{metric="sallyport_held_calls"} 1');
    expect(page).toContain('sallyport_findings{severity="degraded"}');
  });
});
