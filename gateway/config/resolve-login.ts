import type { Login, OidcLogin } from "./login.ts";
import { parseReference } from "./environment.ts";
import type { ConfigValues } from "./schema.ts";
import { parseDuration } from "./schema/units.ts";

type LoginValues = NonNullable<ConfigValues["listeners"]["console"]["login"]>;

/** null: nobody can sign in. */
export function resolveLogin({ listeners }: ConfigValues, folder: string): Login | null {
  const { login } = listeners.console;
  if (login === undefined) return null;
  return { users: login.users, oidc: resolveOidc(login, folder), stepUpMs: login.step_up_window };
}

function resolveOidc(login: LoginValues, folder: string): OidcLogin | null {
  const { kind, issuer, client_id, client_secret, claims } = login;
  if (kind === "local") return null;
  if (issuer === undefined || client_id === undefined || client_secret === undefined)
    throw new Error("a provider without issuer, client_id and client_secret passed the checks");
  const reference = parseReference(client_secret, folder);
  return {
    issuer,
    clientId: client_id,
    secretReference: reference?.kind === "file" ? `file:${reference.path}` : client_secret,
    scopes: login.scopes ?? ["openid"],
    claims: {
      name: claims?.name ?? "preferred_username",
      roles: claims?.roles ?? "roles",
      teams: claims?.teams ?? null,
      also: claims?.also ?? ["email"],
    },
    roles: new Map(Object.entries(login.roles ?? {})),
    teams: new Map(Object.entries(login.teams ?? {})),
    label: login.label ?? new URL(issuer).host,
    rolesForMs: login.roles_for ?? parseDuration("12h"),
  };
}
