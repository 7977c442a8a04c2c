import { hash } from "node:crypto";
import type { Config } from "../config/config.ts";
import type { Background } from "./background.ts";
import type { Clock, Ids, Job } from "../domain/ports.ts";
import { COSIGNATURE, parseVkey } from "../lib/tlog/note.ts";
import { checkedFetch } from "../net/checked-fetch.ts";
import type { Metrics } from "../record/metrics/metrics.ts";
import { TimeStamper } from "../record/time-stamp/time-stamper.ts";
import { type PostText, WitnessClient } from "../record/witness/witness-client.ts";

const timeoutMs = 5_000;
const answerBytes = 65_536;

interface ProofDeps {
  readonly background: Background;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly metrics: Pick<Metrics, "timeStamps">;
}

/** Has somebody else vouch for the log where that is configured. No call waits for it. @returns how to stop it, with what was written last */
export function proveLog(config: Config, deps: ProofDeps): () => Promise<void> {
  const { background } = deps;
  const { witness, timeStamp } = config.record;
  const jobs = [
    ...(witness === null ? [] : [{ everyMs: witness.everyMs, job: witnessing(config.record.dir, witness) }]),
    ...(timeStamp === null ? [] : [{ everyMs: timeStamp.everyMs, job: stamping(config.record.dir, timeStamp, deps) }]),
  ];
  const stops = jobs.map(({ everyMs, job }) => ({ stop: background.every(everyMs, job), job }));
  return async function stopWithLast(): Promise<void> {
    await Promise.all(
      stops.map(async ({ stop, job }) => {
        await stop();
        await background.run(job);
      }),
    );
  };
}

/** Has the log's checkpoints cosigned. */
function witnessing(dir: string, { url, vkey, caFile, addresses }: NonNullable<Config["record"]["witness"]>): Job {
  const key = parseVkey(vkey, COSIGNATURE);
  const fetch = checkedFetch({ addresses, caFile, timeoutMs, maxBytes: answerBytes });
  const post: PostText = async (path, body) => {
    const answer = await fetch(url + path, { method: "POST", headers: { "content-type": "text/plain" }, body });
    return { status: answer.status, type: answer.headers.get("content-type") ?? "", body: await answer.text() };
  };
  const client = new WitnessClient({ dir, key, post });
  return {
    name: "decision-log-witness",
    failing: `the witness ${key.name} does not cosign the decision log`,
    severity: "degraded",
    work: () => client.submit(),
  };
}

/** Has the log's checkpoints stamped. */
function stamping(
  dir: string,
  { url, caFile, addresses }: NonNullable<Config["record"]["timeStamp"]>,
  { ids, clock, metrics }: ProofDeps,
): Job {
  const fetch = checkedFetch({ addresses, caFile, timeoutMs, maxBytes: answerBytes });
  const stamper = new TimeStamper({
    dir,
    nonce: () => hash("sha256", ids.make("n"), "buffer").subarray(0, 8),
    async post(body) {
      const headers = { "content-type": "application/timestamp-query", accept: "application/timestamp-reply" };
      const answer = await fetch(url, { method: "POST", headers, body });
      return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
    },
  });
  metrics.timeStamps(() => (stamper.newestAt === null ? null : (clock.now() - stamper.newestAt) / 1_000));
  return {
    name: "decision-log-time-stamp",
    failing: "the decision log gets no time stamps",
    severity: "degraded",
    work: () => stamper.submit(),
  };
}
