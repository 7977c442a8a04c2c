import { Webhook } from "standardwebhooks";
import { signedHeaders, signingKey, webhookKey } from "../../../gateway/net/webhook-signature.ts";

const key = (letter: string, bytes = 32): Buffer => Buffer.alloc(bytes, letter);
const secret = (letter: string, bytes = 32): string => `whsec_${key(letter, bytes).toString("base64")}`;
const body = '{"type":"approval.held"}';

test("signs so that the reference library accepts it, and no other body, id or time", () => {
  const headers = signedHeaders("msg_1", Date.now(), body, [key("a")]);
  const receiver = new Webhook(secret("a"));
  expect(receiver.verify(body, headers)).toEqual({ type: "approval.held" });
  expect(() => receiver.verify(`${body} `, headers)).toThrow();
  expect(() => receiver.verify(body, { ...headers, "webhook-id": "msg_2" })).toThrow();
  const other = String(Number(headers["webhook-timestamp"]) + 1);
  expect(() => receiver.verify(body, { ...headers, "webhook-timestamp": other })).toThrow();
});

test("agrees with the reference library on the very bytes", () => {
  const at = new Date(1_700_000_000_000);
  const headers = signedHeaders("msg_p5jXN8AQM9LWM0D4loKWxJek", at.getTime(), body, [key("k", 24)]);
  const reference = new Webhook(secret("k", 24)).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body);
  expect(headers["webhook-signature"]).toBe(reference);
});

test("signs with the old and the new secret while receivers change over", () => {
  const headers = signedHeaders("msg_1", Date.now(), body, [key("n"), key("o")]);
  expect(headers["webhook-signature"].split(" ")).toHaveLength(2);
  for (const known of ["n", "o"]) expect(() => new Webhook(secret(known)).verify(body, headers)).not.toThrow();
  expect(() => new Webhook(secret("x")).verify(body, headers)).toThrow();
});

test.each([
  ["no prefix", Buffer.alloc(32).toString("base64")],
  ["another prefix", secret("a").replace("whsec_", "whsk_")],
  ["too few bytes", secret("a", 23)],
  ["too many bytes", secret("a", 65)],
  ["letters that base64 has not", "whsec_????????????????????????????????????"],
  ["base64 with bits left over", `${secret("a", 25).replace(/..==$/, "")}/B==`],
])("takes no secret with %s", (_what, text) => {
  expect(webhookKey(text)).toBeNull();
});

test("takes any other text for a key itself where a caller may have any", () => {
  expect(signingKey(secret("a"))).toEqual(key("a"));
  expect(signingKey("some words")).toEqual(Buffer.from("some words"));
});
