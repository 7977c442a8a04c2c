/** What tests of the gateway's own endpoints have in common: a real listener, and refusals that are recorded. */
import { decisionOf, refuse } from "../../gateway/act/respond/refuse.ts";
import type { Exchange } from "../../gateway/domain/exchange.ts";
import type { TaskTextDeps } from "../../gateway/listener/task-text.ts";
import { refuseRecorded } from "../../gateway/pipeline/fail-closed.ts";
import { LoopbackServer } from "./loopback-server.ts";
import { exchangeOf } from "./parser.ts";
import { quiet } from "./quiet.ts";

const servers: LoopbackServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

/** @returns the origin of a listener whose requests the endpoint answers, until the test has ended */
export async function originOf(answer: (exchange: Exchange) => Promise<void>): Promise<string> {
  const server = await new LoopbackServer((req, res) => void answer(exchangeOf(req, res))).listen();
  servers.push(server);
  return server.url;
}

export function refusals(record: TaskTextDeps["record"]): Pick<TaskTextDeps, "refuse" | "refuseRecorded"> {
  return {
    refuse,
    refuseRecorded: (exchange, refusal) =>
      refuseRecorded({ record, decisionOf, logger: quiet }, exchange.context, refusal, (final) =>
        refuse(exchange, final),
      ),
  };
}
