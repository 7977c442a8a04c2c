import { type Check, Failures } from "../check.ts";
import { withHouse } from "../approvals/world/house.ts";
import { inParallel } from "../approvals/world/in-parallel.ts";
import { Tally } from "../approvals/world/tally.ts";

/** Two routes to the same tool: one has a rate, the other a budget of as many calls. */
const paths = ["/payments/v1/customers/read", "/again/v1/customers/read"] as const;
const most = 100;
/** Of each agent at each route. */
const attempts = 400;
const width = 48;
const sections = {
  limits: [
    { name: "reads", by: "subject", routes: ["payments"], rate: { max: most, per: "1d" } },
    { name: "cost", by: "subject", routes: ["again"], spend: { unit: "EUR", max: "30.00", per: "1d" } },
  ],
};
const catalog = { read_customer: { mutates: false, price: { EUR: "0.30" } } };

/** A limit of a hundred lets exactly a hundred calls through, of all that reach three gateways, each by chance. */
export const limits: Check = {
  name: "limits",
  full: 40_000,
  quick: 2 * attempts,
  run: ({ count, random, progress }) =>
    withHouse({ gateways: 3, catalog, sections }, async ({ gateways, issuer, upstream }) => {
      const [tally, failures] = [new Tally(), new Failures()];
      const agents = Math.max(1, Math.round(count / (2 * attempts)));
      for (let agent = 0; agent < agents; agent++) {
        const token = await issuer.token({ sub: `agent-${agent}` });
        const calls = Array.from({ length: 2 * attempts }, (_, at) => paths[at % 2] as (typeof paths)[number]);
        await inParallel(calls, width, async (path) => {
          tally.add(await random.pick(gateways).caller.call({ path, token, json: { item: `${agent} ${path}` } }));
          progress(tally.total);
        });
        for (const path of paths)
          if (upstream.count(`${agent} ${path}`) !== most)
            failures.add(`agent-${agent} called ${path} ${upstream.count(`${agent} ${path}`)} times`);
      }
      const [passed, refused] = [tally.of("200"), tally.of("429 limit_exceeded")];
      if (passed !== upstream.executed.length) failures.add(`${passed} callers were told of a success`);
      for (const one of tally.others(["200", "429 limit_exceeded"])) failures.add(`unexpected answer: ${one}`);
      return { count: tally.total, failures: failures.list(), figures: { limits: 2 * agents, passed, refused } };
    }),
};
