import { setImmediate as endOfTurn } from "node:timers/promises";
import { route } from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";
import { startParser } from "../../support/parser.ts";

test("keeps a request that has arrived whole for as many turns as it is told to, and reads its head before", async () => {
  let asked = 0;
  let mayBegin = false;
  const parser = await startParser([route()], 60_000, () => {
    asked += 1;
    return !mayBegin;
  });
  try {
    const refused = parser.ask({ target: "/elsewhere" });
    expect((await refused).refusal?.code).toBe("route_unknown");
    expect(asked).toBe(0);
    const answer = parser.ask({ target: "/payments/v1/keys" });
    await eventually("it is asked in several turns", async () => (asked > 3 ? true : null));
    await endOfTurn();
    expect(parser.heard).toHaveLength(1);
    mayBegin = true;
    expect((await answer).call?.name).toBe("GET /v1/keys");
  } finally {
    await parser.close();
  }
});
