import type { WebhookSettings } from "../../../gateway/domain/channel.ts";
import { holdRequest } from "../approvals/test-approvals.ts";
import { binding, toolCall } from "../builders.ts";
import { type Recorded, recordingUpstream, type RecordingUpstream } from "../recording-upstream.ts";
import { testDispatcher, type TestDispatcherOptions } from "./test-dispatcher.ts";

export const hookSecrets = { "env:HOOK": `whsec_${Buffer.alloc(32, "s").toString("base64")}` };

export interface HookReceiver extends Pick<RecordingUpstream, "origin" | "answerWith" | "close"> {
  readonly requests: Recorded[];
  /** Every request is answered so from now on. */
  answer(status: number, headers?: Record<string, string>, body?: string): void;
  /** Nothing received, and 200 to everything. */
  reset(): void;
  channel(name?: string, url?: string): WebhookSettings;
  /** A post whose one channel is this receiver, unless told otherwise. */
  room(options?: Partial<TestDispatcherOptions>): ReturnType<typeof testDispatcher>;
  /** webhook-id of each request. */
  ids(): (string | undefined)[];
}

/** Where webhooks end in tests of how messages are sent, whatever the channel. */
export async function hookReceiver(): Promise<HookReceiver> {
  const upstream = await recordingUpstream();
  const { origin, requests } = upstream;
  const answer: HookReceiver["answer"] = (status, headers = {}, body = "") =>
    upstream.answerWith((_req, res) => res.writeHead(status, headers).end(body));
  const channel: HookReceiver["channel"] = (name = "audit", url = `${origin}/hook`) => ({
    kind: "webhook",
    name,
    url,
    secrets: ["env:HOOK"],
  });
  return {
    ...upstream,
    answer,
    channel,
    reset: () => {
      requests.length = 0;
      answer(200);
    },
    room: (options = {}) => testDispatcher({ settings: [channel()], secrets: hookSecrets, ...options }),
    ids: () => requests.map(({ headers }) => headers.find(([name]) => name === "webhook-id")?.[1]),
  };
}

/** A hold of a refund; another amount is another call. */
export function refundOf(amount: number) {
  return holdRequest({ binding: binding(toolCall({ arguments: { amount, order_id: "881" } })) });
}
