import { z } from "zod";
import { loginKinds } from "../login.ts";
import { name, nonEmpty, webUrl } from "./text.ts";
import { duration } from "./units.ts";

const users = z
  .array(
    z.strictObject({
      name: name().describe("Name to sign in with. The first password is made and printed once at the first start."),
      roles: z
        .array(name())
        .prefault([])
        .describe(
          "Approver roles, as policies name them in `approval.require`; and `operator`, who may end access and lift that again.",
        ),
      teams: z
        .array(name())
        .prefault([])
        .describe("Teams, as policies name them in `approval.require[].outside_team`."),
      also: z
        .array(nonEmpty())
        .prefault([])
        .describe("Other names of this person, as tokens carry them; nobody approves a call of their own."),
    }),
  )
  .prefault([])
  .describe("People who may sign in with a password; at least one for `local`.");

const claims = z
  .strictObject({
    name: nonEmpty()
      .prefault("preferred_username")
      .describe(
        "Claim with the name under which votes are kept. It stays with the first `sub` that signs in under it.",
      ),
    roles: nonEmpty()
      .prefault("roles")
      .describe("Claim whose values `roles` maps: a list of texts, or one text. Often `groups`."),
    teams: nonEmpty().optional().describe("Claim with the teams: a list of texts, or one text. Default: none."),
    also: z
      .array(nonEmpty())
      .prefault(["email"])
      .describe("Claims with other names of the same person, as agents' tokens carry them; `sub` always is one."),
  })
  .describe(
    "Which claim of the ID token, or else of the userinfo endpoint, says what: a claim's name, or a JSON pointer when it begins with '/'.",
  );

const mapping = (what: string) => z.record(nonEmpty(), z.array(name()).min(1, { error: `needs at least one ${what}` }));

export const login = z
  .strictObject({
    kind: z
      .enum(loginKinds)
      .prefault("local")
      .describe(
        "`local`: users kept by the gateway, passwords hashed with scrypt. `oidc`: people of an OpenID Connect provider, beside the `users` named here.",
      ),
    users,
    issuer: webUrl().optional().describe("For `oidc`: the provider's issuer, exactly as it names itself."),
    client_id: nonEmpty().optional().describe("For `oidc`: the console's name at the provider."),
    client_secret: z
      .string()
      .optional()
      .describe("For `oidc`: reference to its secret: `env:NAME` or `file:PATH`, never the secret itself."),
    scopes: z.array(nonEmpty()).optional().describe('For `oidc`: scopes to ask for. Default: ["openid"].'),
    claims: claims.optional(),
    roles: mapping("role")
      .optional()
      .describe(
        "For `oidc`: value of the roles claim to approver roles. What is not named here gives no role, and who has no role cannot sign in.",
      ),
    teams: mapping("team")
      .optional()
      .describe(
        "For `oidc`: value of the teams claim to teams, beside the value itself, which counts as a team unmapped: forgetting one must not put anybody outside it.",
      ),
    label: nonEmpty().optional().describe("For `oidc`: what the sign-in button calls the provider. Default: its host."),
    roles_for: duration("1m", "7d")
      .optional()
      .describe(
        "For `oidc`: how long what the provider said about a person counts, for their session and for votes they cast. Default: 12h.",
      ),
    step_up_window: duration("10s", "10m")
      .prefault("60s")
      .describe("How long after proving again who they are somebody may vote where policy asks for `reauthenticated`."),
  })
  .describe("How people sign in. Without it nobody can, and the console must stay on loopback.");
