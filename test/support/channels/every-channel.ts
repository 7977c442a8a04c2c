import type { ChannelSettings } from "../../../gateway/domain/channel.ts";
import { type Recorded, recordingUpstream } from "../recording-upstream.ts";
import { type Mail, startMailServer } from "./mail-server.ts";
import { startSlack } from "./slack-server.ts";

export interface EveryChannel {
  readonly settings: readonly ChannelSettings[];
  readonly secrets: Readonly<Record<string, string>>;
  /** What reached the far sides since the last `forget`. */
  readonly mails: readonly Mail[];
  /** Of one adapter, by the first segment of its address. */
  posted(adapter: "hook" | "api" | "workflow" | "pagerduty"): Recorded[];
  forget(): void;
  close(): Promise<void>;
}

/** One channel of each kind, each with a real server behind it. */
export async function everyChannel(): Promise<EveryChannel> {
  const secrets = {
    "env:HOOK": `whsec_${Buffer.alloc(32, "s").toString("base64")}`,
    "env:SLACK": "xoxb-token-1",
    "env:PD": "R0UT1NGKEY0123456789",
  };
  const [receiver, slack, mail] = await Promise.all([
    recordingUpstream(),
    startSlack(secrets["env:SLACK"]),
    // What a mail says does not depend on how it travels; encryption and sign-in have tests of their own.
    startMailServer({ authOptional: true, hideSTARTTLS: true }),
  ]);
  return {
    settings: settingsOf(receiver.origin, slack.origin, mail.port),
    secrets: { ...secrets, "env:TEAMS": `${receiver.origin}/workflow?sig=S1GNATURE-OF-THE-FLOW` },
    mails: mail.mails,
    posted: (adapter) =>
      [...receiver.requests, ...slack.requests].filter(({ target }) => target.split(/[/?]/)[1] === adapter),
    forget: () => {
      receiver.requests.length = 0;
      slack.requests.length = 0;
      mail.mails.length = 0;
    },
    close: async () => void (await Promise.all([receiver.close(), slack.close(), mail.close()])),
  };
}

function settingsOf(receiver: string, slack: string, port: number): ChannelSettings[] {
  return [
    { kind: "webhook", name: "audit", url: `${receiver}/hook`, secrets: ["env:HOOK"] },
    { kind: "slack", name: "ops", channel: "C0123", token: "env:SLACK", apiUrl: `${slack}/api` },
    {
      kind: "email",
      name: "finance",
      from: "approvals@corp.example",
      to: ["a@corp.example"],
      host: "localhost",
      port,
      security: "none",
      caFile: null,
      auth: null,
    },
    { kind: "teams", name: "team", url: "env:TEAMS" },
    { kind: "pagerduty", name: "duty", routingKey: "env:PD", url: `${receiver}/pagerduty` },
  ];
}

/** Every text within a JSON value, with the keys that lead to it. */
export function textsIn(
  value: unknown,
  path: readonly string[] = [],
): { readonly path: string; readonly text: string }[] {
  if (typeof value === "string") return [{ path: path.join("."), text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, [...path, key]));
}
