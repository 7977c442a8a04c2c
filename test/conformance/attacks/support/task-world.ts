/** A gateway before a tool server that records everything, with routes that offer tasks and one that does not. */
import type { Approver } from "../../../../demo/agent/approver.ts";
import { eventually } from "../../../support/eventually.ts";
import { extension, type Seen, speakerAt, type Speaker, taskIdOf } from "../../../support/mcp-messages.ts";
import { type Answer, recordingUpstream, type RecordingUpstream } from "../../../support/recording-upstream.ts";
import { crmRoute } from "../../../support/routes.ts";
import { startGateway, type TestGateway } from "../../../support/start-gateway.ts";

export interface TaskWorld {
  readonly upstream: RecordingUpstream;
  readonly gateway: TestGateway;
  readonly approver: Approver;
  /** Forgets what was sent; from now on the calls are about another customer. */
  next(): void;
  /** Params of a call that is held: it deletes the customer. */
  call(more?: object): { readonly name: string; readonly arguments: object };
  legacy(as?: object): Speaker;
  /** With the tasks extension. */
  modern(as?: object): Speaker;
  /** The id of the task that the held call is answered with, in the older era and in the newer. */
  held(): Promise<string>;
  heldModern(): Promise<string>;
  /** Asks `agent` about the task until it has ended: the poll that executes a call waits for it only a moment. */
  ended(agent: Speaker, taskId: string): Promise<Seen>;
  /** Approves or denies it; its item's id. */
  decide(vote?: "approve" | "deny"): Promise<string>;
  /** How often the tool server was called. */
  calls(): number;
  close(): Promise<unknown>;
}

/** Longer than people and the tool server take on a busy machine. */
const hold = { silent_wait: "0s", max_wait: "90s", client_timeout: "3m", progress_every: "1s" };

/** `methods`: what callers may also send to the tool server, such as questions about its own tasks. */
export async function startTaskWorld(methods: Readonly<Record<string, true>> = {}): Promise<TaskWorld> {
  const upstream = await recordingUpstream();
  const { origin } = upstream;
  const also = (id: string, changes: object) => crmRoute(origin, { id, prefix: `/mcp/${id}`, ...changes });
  const routes = [
    crmRoute(origin, { hold }),
    also("off", { hold: { ...hold, tasks: false } }),
    also("other", { hold }),
    also("brief", { hold: { ...hold, max_wait: "1s" } }),
    also("small", { hold, upstream: { origin, allow_addresses: ["loopback"], max_response: "1KiB" } }),
  ];
  const gateway = await startGateway({
    routes,
    policy: (copy) => copy.addData("entitlements", { support: { crm: { methods } } }),
  });
  return taskWorld(upstream, gateway, await gateway.approver());
}

function taskWorld(upstream: RecordingUpstream, gateway: TestGateway, approver: Approver): TaskWorld {
  let customer = 0;
  const call = (more = {}) => ({ name: "delete_customer", arguments: { customer_id: `c-${customer}` }, ...more });
  const legacy = (as = {}) => speakerAt(gateway, "2025-11-25", as);
  const modern = (as = {}) => speakerAt(gateway, "2026-07-28", { capabilities: extension, ...as });

  async function decide(vote: "approve" | "deny" = "approve"): Promise<string> {
    const item = await eventually("the held call", async () => {
      const open = await approver.open();
      return open.find((one) => one.state === "held" && one.summary.includes(`c-${customer} `)) ?? null;
    });
    await (vote === "approve" ? approver.approve(item.id) : approver.deny(item.id, "not this one"));
    return item.id;
  }

  return {
    upstream,
    gateway,
    approver,
    next: () => {
      upstream.requests.length = 0;
      upstream.answerWith(done({ content: [{ type: "text", text: "deleted" }] }));
      customer += 1;
    },
    call,
    legacy,
    modern,
    held: async () => taskIdOf(await legacy().ask("tools/call", call({ task: {} }))),
    heldModern: async () => taskIdOf(await modern().ask("tools/call", call())),
    ended: endOf,
    decide,
    calls: () => upstream.requests.filter(({ body }) => body.includes("tools/call")).length,
    close: () => Promise.all([gateway.close(), upstream.close()]),
  };
}

function endOf(agent: Speaker, taskId: string): Promise<Seen> {
  const look = async (): Promise<Seen | null> => {
    const { result, error } = await agent.ask("tasks/get", { taskId });
    if (result === undefined) throw new Error(`no task: ${JSON.stringify(error)}`);
    return result.status === "working" ? null : result;
  };
  return eventually("the task has ended", look);
}

/** Answers every request with this result. */
export function done(result: object): Answer {
  return (_req, res, { body }) => {
    const { id } = JSON.parse(body.toString()) as { id: unknown };
    res.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  };
}
