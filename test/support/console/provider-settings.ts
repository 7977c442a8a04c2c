import type { OidcSettings } from "../../../gateway/domain/settings.ts";
import { consoleClient, type Person } from "../identity/people-provider.ts";

export const alice: Person = {
  sub: "u-1001",
  preferred_username: "alice",
  email: "alice@shop.example",
  groups: ["approvers", "everybody"],
};
export const bob: Person = {
  sub: "u-1002",
  preferred_username: "bob",
  email: "bob@shop.example",
  groups: ["approvers"],
  teams: ["payments"],
};
/** Knows the way in, and has no business here. */
export const mallory: Person = {
  sub: "u-1003",
  preferred_username: "mallory",
  email: "mallory@shop.example",
  groups: ["everybody"],
};

export function providerSettings(issuer: string, changes: Partial<OidcSettings> = {}): OidcSettings {
  return {
    issuer,
    clientId: consoleClient,
    secretReference: "env:CONSOLE_SECRET",
    scopes: ["openid", "profile"],
    claims: { name: "preferred_username", roles: "groups", teams: "teams", also: ["email"] },
    roles: new Map([
      ["approvers", ["payments-approver", "data-approver"]],
      ["operators", ["operator"]],
    ]),
    teams: new Map([["payments", ["money"]]]),
    label: "Shop ID",
    rolesForMs: 12 * 60 * 60_000,
    ...changes,
  };
}
