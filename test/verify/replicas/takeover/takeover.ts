import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, pause } from "../../../support/eventually.ts";
import { heldId } from "../../approvals/world/caller.ts";
import { type House, withHouse } from "../../approvals/world/house.ts";
import { type Check, type CheckContext, Failures } from "../../check.ts";
import { SlowReceiver } from "./slow-receiver.ts";

const path = "/payments/v1/transfers";
/** Each gateway may have as many on their way at once, so that the others have room for what one was sending. */
const messages = 12;
/** A gateway that is killed may have been sending nothing. */
const mostRounds = 5;
/** Beside other tests the machine decides how long it takes. */
const withinMs = { full: 10_000, slice: 30_000 };
/** Longer than a lease: whoever lives must have renewed its own. */
const heldMs = 10_000;

/** What a gateway was sending to people when it was killed is sent by another within ten seconds, and nothing of what the others send. */
export const takeover: Check = {
  name: "takeover",
  full: 10,
  quick: 1,
  async run(context) {
    const dir = await mkdtemp(join(tmpdir(), "sallyport-takeover-"));
    const receiver = await SlowReceiver.open();
    const secret = join(dir, "secret");
    await writeFile(secret, `whsec_${Buffer.alloc(32, "s").toString("base64")}`, { mode: 0o600 });
    const channels = {
      webhooks: { people: { url: receiver.url, secrets: [`file:${secret}`] } },
      notify: [{ to: ["people"] }],
      delivery: { timeout: "1m", concurrency: messages },
    };
    try {
      return await withHouse({ gateways: 3, sections: { channels } }, (house) => tryAll(house, receiver, context));
    } finally {
      await receiver.close();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

async function tryAll(house: House, receiver: SlowReceiver, { count, random, progress }: CheckContext) {
  const failures = new Failures();
  const took: number[] = [];
  let kept = 0;
  for (let round = 0; round < count || (took.length === 0 && round < mostRounds); round++) {
    const victim = random.pick(house.gateways);
    receiver.beSlow();
    await ask(house, `takeover-${round}`);
    await eventually("the messages are on their way", () => (receiver.came.length >= messages ? true : null)).catch(
      (late: unknown) => {
        throw new Error(`${String(late)}: ${receiver.came.length} have come; ${victim.output().slice(-600)}`);
      },
    );
    const first = [...receiver.came];
    await victim.kill("SIGKILL");
    const killed = performance.now();
    await pause(heldMs);
    await eventually("the others have sent what it was sending", () =>
      first.every(({ id, lostAt }) => lostAt === null || receiver.timesOf(id) > 1) ? true : null,
    );
    for (const { id, lostAt } of first) {
      const again = receiver.came.filter((one) => one.id === id).slice(1);
      if (lostAt === null) kept++;
      if (lostAt !== null) took.push(Math.round(again[0]!.at - killed));
      if (again.length > (lostAt === null ? 0 : 1)) failures.add(`a message was sent ${again.length + 1} times`);
    }
    receiver.answerAll();
    await victim.caller.reconnect();
    await victim.startAgain();
    progress(round + 1);
  }
  const most = Math.max(0, ...took);
  if (most > (count >= takeover.full ? withinMs.full : withinMs.slice))
    failures.add(`what a killed gateway was sending was sent after ${most} ms`);
  if (took.length === 0 || kept === 0) failures.add(`${took.length} messages were taken over, ${kept} were not`);
  const figures = { taken_over: took.length, kept_by_the_living: kept, taken_over_ms_most: most };
  return { count: took.length + kept, failures: failures.list(), figures };
}

/** Each gateway holds some, and begins to send what it holds. */
async function ask({ gateways, issuer }: House, name: string): Promise<void> {
  const token = await issuer.token({ sub: name });
  for (let at = 0; at < messages; at++) {
    const answer = await gateways[at % gateways.length]!.caller.call({ path, token, json: { item: `${name}-${at}` } });
    if (heldId(answer) === null) throw new Error(`not held: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}
