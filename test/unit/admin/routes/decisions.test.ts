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
});
