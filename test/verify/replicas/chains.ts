import { type Check, Failures } from "../check.ts";
import type { Answer } from "../approvals/world/caller.ts";
import { withHouse } from "../approvals/world/house.ts";
import { inParallel } from "../approvals/world/in-parallel.ts";

const reading = "/payments/v1/customers/read";
const sending = "/payments/v1/transfers";
/** Between the answer of the first call and the second call, in milliseconds. */
const mostBetween = 5;
const width = 16;

/** What a call has read at one gateway counts for the next call, which begins as soon as that one is answered, at another. */
export const chains: Check = {
  name: "chains",
  full: 2_000,
  quick: 60,
  run: ({ count, progress }) => {
    const catalog = { put_transfer: { sink: "external" }, read_customer: { mutates: false } };
    return withHouse({ gateways: 3, catalog }, async ({ gateways, issuer, upstream }) => {
      const failures = new Failures();
      let [within, late, done] = [0, 0, 0];
      const callerOf = (at: number) => gateways[at % gateways.length]!.caller;
      await inParallel(Array.from({ length: count }), width, async (_, at) => {
        const [token, item] = [await issuer.token({ sub: `agent-${at}` }), `sent-${at}`];
        const read = await callerOf(at).call({ path: reading, token, json: { item: `read-${at}` } });
        const answered = performance.now();
        const call = callerOf(at + 1 + (at % 2)).call({ method: "PUT", path: sending, token, json: { item } });
        if (performance.now() - answered <= mostBetween) within++;
        else late++;
        const sent = await call;
        if (read.status !== 200) failures.add(`read-${at}: ${read.status} ${JSON.stringify(read.body)}`);
        if (!isChain(sent)) failures.add(`${item}: ${sent.status} ${JSON.stringify(sent.body)}`);
        if (upstream.count(item) !== 0) failures.add(`${item} was executed`);
        progress((done += 1));
      });
      return { count, failures: failures.list(), figures: { within_5_ms: within, later: late } };
    });
  },
};

function isChain({ status, body }: Answer): boolean {
  const reasons = (body["reasons"] ?? []) as readonly { readonly code?: string }[];
  return status === 403 && reasons.some(({ code }) => code === "EXFILTRATION_CHAIN");
}
