import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { fileURLToPath } from "node:url";
import { type Check, type CheckContext, Failures, type Tried } from "../check.ts";
import { decisionsIn } from "../world/decisions.ts";
import { type VerifiedGateway, withGateway } from "../world/gateway.ts";

const ROUNDS = 5;
const CALLS = 400;
/** Good callers: so many at once, each with a pause, so that the gateway and not the machine is measured. */
const CALLERS = 4;
const PAUSE_MS = 4;
/** By then the first of the slow ones are being cut off, and come again. */
const SETTLE_MS = 5_000;
const flooder = fileURLToPath(new URL("flooder.ts", import.meta.url));
const limits = { headers_timeout: "4s", request_timeout: "20s", connections: 5_000 };

/** Thousands of callers that send in drops do not slow the others down: the 99th percentile stays under twice what it was. */
export const slowClients: Check = {
  name: "slow-clients",
  full: 2_000,
  quick: 500,
  run: (context) => withGateway(limits, (gateway) => prove(gateway, context)),
};

async function prove(gateway: VerifiedGateway, { count, progress }: CheckContext): Promise<Tried> {
  const failures = new Failures();
  const ratios: number[] = [];
  await goodCalls(gateway, failures);
  for (let round = 0; round < ROUNDS; round++) {
    progress(round);
    // Quiet, flooded, quiet: what else the machine does in a round bears on both sides.
    const before = await goodCalls(gateway, failures);
    const flooded = await whileFlooded(gateway, count, () => goodCalls(gateway, failures));
    const after = await goodCalls(gateway, failures);
    ratios.push(flooded / ((before + after) / 2));
  }
  if (!gateway.running()) failures.add(`the gateway ended: ${gateway.output().slice(-1_000)}`);
  await gateway.stop();
  const shed = [...(await decisionsIn(gateway.logDir)).values()].filter(
    ({ code }) => code === "request_timeout" || code === "body_timeout",
  );
  const ratio = ratios.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? Infinity;
  if (shed.length === 0) failures.add("no slow client was cut off with 408 and a record, so nothing was proven");
  if (ratio >= 2)
    failures.add(`the 99th percentile of good calls is ${ratio.toFixed(2)} times what it is without slow clients`);
  return {
    count,
    failures: failures.list(),
    figures: { ratio: Number(ratio.toFixed(2)), worst: Number(Math.max(...ratios).toFixed(2)), shed: shed.length },
  };
}

async function whileFlooded<Result>(
  { port, tokens }: VerifiedGateway,
  count: number,
  use: () => Promise<Result>,
): Promise<Result> {
  const child = spawn(process.execPath, [flooder, String(port), String(count), tokens.payments], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  try {
    await once(child.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return await use();
  } finally {
    child.stdin.end();
    await ended;
  }
}

/** The 99th percentile, milliseconds. */
async function goodCalls(gateway: VerifiedGateway, failures: Failures): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  const times: number[] = [];
  const caller = async (): Promise<void> => {
    while (times.length < CALLS) {
      const began = performance.now();
      const status = await call(gateway, agent);
      times.push(performance.now() - began);
      if (status !== 200) failures.add(`a good call was answered ${status}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  agent.destroy();
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Infinity;
}

function call({ port, host, tokens }: VerifiedGateway, agent: Agent): Promise<number> {
  const headers = { host, authorization: `Bearer ${tokens.payments}` };
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: "127.0.0.1", path: "/payments/v1/orders/o-1", agent, headers }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
    });
    sent.on("error", reject).end();
  });
}
