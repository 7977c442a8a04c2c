import type { ServerResponse } from "node:http";
import { type Recorded, recordingUpstream, type RecordingUpstream } from "../recording-upstream.ts";

export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  /** Every body it had, the first one as posted. */
  readonly versions: Record<string, unknown>[];
}

export interface SlackServer extends Pick<RecordingUpstream, "origin" | "requests" | "answerWith" | "close"> {
  readonly messages: Map<string, SlackMessage>;
  /** Answers as Slack's Web API again, after `answerWith`. */
  behave(): void;
}

/** The two methods of Slack's Web API that are used, as far as their documentation tells how they answer. */
export async function startSlack(token: string): Promise<SlackServer> {
  const messages = new Map<string, SlackMessage>();
  const answer = (_req: unknown, res: ServerResponse, recorded: Recorded): void => {
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify(handle(recorded, token, messages)));
  };
  const server = await recordingUpstream(answer);
  return { ...server, messages, behave: () => server.answerWith(answer) };
}

function handle({ target, headers, body }: Recorded, token: string, messages: Map<string, SlackMessage>): object {
  const authorization = headers.find(([name]) => name === "authorization")?.[1];
  if (authorization !== `Bearer ${token}`) return { ok: false, error: "invalid_auth" };
  const sent = JSON.parse(body.toString("utf8")) as Record<string, unknown>;
  if (target === "/api/chat.postMessage") {
    const message = { channel: String(sent["channel"]), ts: `1700000000.${messages.size + 1}`, versions: [sent] };
    messages.set(message.ts, message);
    return { ok: true, channel: message.channel, ts: message.ts };
  }
  if (target !== "/api/chat.update") return { ok: false, error: "unknown_method" };
  const message = messages.get(String(sent["ts"]));
  if (message?.channel !== sent["channel"]) return { ok: false, error: "message_not_found" };
  message?.versions.push(sent);
  return { ok: true, channel: sent["channel"], ts: sent["ts"] };
}
