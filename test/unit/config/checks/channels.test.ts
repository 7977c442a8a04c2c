import { checkChannels, insecure } from "../../../../gateway/config/checks/channels.ts";
import { found, type Values } from "./found.ts";

const hook = { url: "https://hooks.example", secrets: ["env:HOOK"] };
const mail = (smtp: Values) => ({
  from: "gw@example.org",
  to: ["ops@example.org"],
  smtp: { host: "mail.example", ...smtp },
});
const of = (channels: Values): string[] => found(checkChannels, { channels });
/** Findings of one channel that somebody is told through. */
const alone = (kind: string, channel: Values): string[] => of({ [kind]: { ops: channel }, notify: [{ to: ["ops"] }] });

test("finds nothing in channels that are named and cannot be listened in on", () => {
  expect(alone("webhooks", hook)).toEqual([]);
  expect(alone("email", mail({ user: "gw", password: "env:MAIL" }))).toEqual([]);
  expect(alone("email", mail({ host: "127.0.0.1", security: "none" }))).toEqual([]);
});

test("refuses one name for two channels", () => {
  const channels = { webhooks: { ops: hook }, teams: { ops: { url: "env:TEAMS" } }, notify: [{ to: ["ops"] }] };
  expect(of(channels)).toEqual(["channels.teams.ops (key): another channel is called ops already"]);
});

test("refuses channels that are told nothing, and names that no channel has, also where a call is escalated", () => {
  const notify = [{ to: ["opz"], escalate: { after: "5m", to: ["chief"] } }];
  expect(of({ webhooks: { ops: hook }, notify })).toEqual([
    "channels.notify.0.to.0 (value): there is no channel opz (did you mean ops?)",
    "channels.notify.0.escalate.to.0 (value): there is no channel chief",
    "channels.webhooks.ops (key): it is never used; name it in channels.notify",
  ]);
});

test.each<[string, string, Values, string]>([
  ["a webhook", "webhooks", { ...hook, url: "http://hooks.example" }, "webhooks.ops.url"],
  ["Slack", "slack", { channel: "C0123456789", token: "env:S", api_url: "http://slack.example" }, "slack.ops.api_url"],
  ["PagerDuty", "pagerduty", { routing_key: "env:P", url: "http://pd.example" }, "pagerduty.ops.url"],
])("refuses plain http beyond loopback to %s", (_what, kind, channel, path) => {
  expect(alone(kind, channel)).toEqual([
    `channels.${path} (value): plain http beyond loopback lets others read along; use https`,
  ]);
});

test("lets a webhook be insecure that says so", () => {
  expect(alone("webhooks", { ...hook, url: "http://hooks.example", allow_insecure: true })).toEqual([]);
});

test.each<[string, Values, string]>([
  ["a user without a password", { user: "gw" }, "smtp (value): user and password go together"],
  [
    "plain SMTP beyond loopback",
    { security: "none" },
    "smtp.security (value): plain SMTP beyond loopback lets others read along; use starttls, or say allow_insecure: true",
  ],
  ["certificates that are not there", { ca: "gone.pem" }, "smtp.ca (value): no such file: gone.pem"],
])("refuses mail with %s", (_what, smtp, finding) => {
  expect(alone("email", mail(smtp))).toEqual([`channels.email.ops.${finding}`]);
});

test.each([
  ["https://a.example", false],
  ["http://a.example", true],
  ["http://127.0.0.1:1", false],
  ["http://[::1]:1", false],
  ["http://localhost:1", false],
  ["http://localhost.example", true],
])("says of %s whether others can listen in: %s", (url, open) => {
  expect(insecure(url)).toBe(open);
});
