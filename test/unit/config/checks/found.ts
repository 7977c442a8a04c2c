/** What a check finds in a configuration of which a test names only the part that it is about. */
import type { Finding } from "../../../../gateway/lib/yaml-places.ts";
import { type Draft, draftOf } from "../../../../gateway/config/draft.ts";

export type Values = Readonly<Record<string, unknown>>;

export function found(check: (draft: Draft) => Finding[], values: Values, folder = "/nowhere"): string[] {
  return check(draftOf(values, folder)).map(({ path, at, message }) => `${path.join(".")} (${at}): ${message}`);
}

export const issuer = (changes: Values = {}): Values => ({
  id: "idp",
  issuer: "https://idp.example",
  jwks: { url: "https://idp.example/jwks" },
  ...changes,
});

export const route = (changes: Values = {}): Values => ({
  id: "pay",
  prefix: "/pay",
  protocol: "http",
  server: "pay",
  issuers: ["idp"],
  upstream: { origin: "https://pay.example" },
  ...changes,
});
