import { type ConsoleClient, signIn } from "../../../support/console/client.ts";
import { type RunningConsole, startConsole } from "../../../support/console/start-console.ts";

let running: RunningConsole;
let client: ConsoleClient;
beforeAll(async () => {
  running = await startConsole();
  client = await signIn(running);
});
afterAll(() => running.close());

const get = async (path: string) => (await (await client.request("GET", path)).json()) as any; // eslint-disable-line @typescript-eslint/no-explicit-any -- answers are checked by what the tests read of them

describe("decisions", () => {
  test("filters and pages", async () => {
    const first = await get("/api/decisions?effect=deny&tool=crm/run_report&limit=10");
    expect(first.rows).toHaveLength(10);
    const second = await get(`/api/decisions?effect=deny&tool=crm/run_report&limit=10&after=${first.next}`);
    expect(second.rows.every((row: { seq: number }) => row.seq < first.rows[9].seq)).toBe(true);
  });

  test("shows a record with the rules that fired and where they stand", async () => {
    const { rows } = await get("/api/decisions?code=EXFILTRATION_CHAIN&limit=1");
    const found = await get(`/api/decisions/${rows[0].decision_id}`);
    expect(found.decision.result.reasons[0].code).toBe("EXFILTRATION_CHAIN");
    expect(found.rules).toEqual([expect.objectContaining({ rule: "chain/exfiltration", line: 30 })]);
  });

  test("says whose log has no decision with an id", async () => {
    const answer = await client.request("GET", "/api/decisions/d_of_another_gateway");
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ detail: "no decision with this id in the log of the gateway gw-1" });
  });

  test("counts by fields what a search with the same filters finds", async () => {
    const counts = await get("/api/decisions/counts?by=effect,effect&tool=payments/create_refund");
    const { rows } = await get("/api/decisions?tool=payments/create_refund&limit=200");
    const of = (effect: string) => rows.filter((row: { effect: string }) => row.effect === effect).length;
    expect(counts).toEqual({
      by: ["effect"],
      total: rows.length,
      left_out: 0,
      groups: [
        { values: ["deny"], decisions: of("deny") },
        { values: ["hold"], decisions: of("hold") },
      ],
    });
  });

  test("gives whole records page by page", async () => {
    const first = await get("/api/decisions/records?effect=hold&limit=2");
    const second = await get(`/api/decisions/records?effect=hold&limit=2&after=${first.next}`);
    const all = [...first.items, ...second.items];
    expect(all.map(({ outcome }) => outcome.outcome)).toEqual(["held", "held", "held", "held"]);
    expect(new Set(all.map(({ decision }) => decision.decision_id)).size).toBe(4);
  });

  test.each([
    ["counts?by=colour", 400],
    ["counts?by=tool,effect,code,rule,route", 400],
    ["counts?limit=5", 400],
    ["records?limit=51", 400],
    ["records?after=%25%25%25", 400],
    ["counts?status=abc", 400],
    ["counts", 200],
  ])("answers %s with %i", async (path, status) => {
    expect((await client.request("GET", `/api/decisions/${path}`)).status).toBe(status);
  });

  test.each(["counts", "records"])("gives %s to nobody who is not signed in", async (path) => {
    expect((await fetch(`${running.url}/api/decisions/${path}`)).status).toBe(401);
  });
});
