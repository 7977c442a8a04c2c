import { type ConsoleClient, signIn } from "../../../support/console/client.ts";
import { healthyPolicy } from "../../../support/console/sample-policy.ts";
import { type RunningConsole, startConsole } from "../../../support/console/start-console.ts";

let running: RunningConsole;
let client: ConsoleClient;
beforeAll(async () => {
  running = await startConsole();
  client = await signIn(running);
});
afterAll(() => running.close());

const get = async (path: string) => (await (await client.request("GET", path)).json()) as any; // eslint-disable-line @typescript-eslint/no-explicit-any -- answers are checked by what the tests read of them

describe("policy and health", () => {
  test("tell the active revision and the place of the last failure", async () => {
    const failure = {
      at: 1,
      stage: "compile" as const,
      message: "x",
      locations: [{ file: "rego/a.rego", line: 3, message: "unexpected }" }],
      since: 1,
      edited: "rego/a.rego",
      retried: false,
    };
    running.setPolicy({ ...healthyPolicy(Date.now()), failure });
    expect((await get("/api/policy")).failure.locations[0]).toEqual({
      file: "rego/a.rego",
      line: 3,
      message: "unexpected }",
    });
    expect((await get("/api/health")).policy.active.revision).toBe("2f9c1e7ab4d05c88");
  });
});
