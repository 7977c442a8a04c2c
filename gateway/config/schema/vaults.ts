import { z } from "zod";
import { addressClasses } from "./routes.ts";
import { duration, name, nonEmpty, origin } from "./values.ts";

/** Path segments without a second spelling: Vault would decode an escape, and a dot segment leads elsewhere. */
export function vaultPath() {
  return z.string().regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/, {
    error: "expected a path such as database/creds/reader, without '/' at an end",
  });
}

const mount = (method: string) => vaultPath().prefault(method).describe("Where the method is mounted.");
const reference = (what: string) => z.string().describe(`Reference to ${what}: \`env:NAME\` or \`file:PATH\`.`);

const approle = z
  .strictObject({
    method: z.literal("approle").describe("An AppRole."),
    mount: mount("approle"),
    role_id: nonEmpty().describe("Id of the role; no secret."),
    secret_id: reference("the secret id").optional(),
  })
  .describe("Signs in with an AppRole.");

const kubernetes = z
  .strictObject({
    method: z.literal("kubernetes").describe("The service account of the gateway's pod."),
    mount: mount("kubernetes"),
    role: nonEmpty().describe("Role of the method."),
    jwt: reference("the service account's token, read anew with each sign-in").prefault(
      "file:/var/run/secrets/kubernetes.io/serviceaccount/token",
    ),
  })
  .describe("Signs in with a Kubernetes service account.");

const jwt = z
  .strictObject({
    method: z.literal("jwt").describe("A JWT that somebody else issues."),
    mount: mount("jwt"),
    role: nonEmpty().optional().describe("Role of the method. Default: the method's own default."),
    jwt: reference("the JWT, read anew with each sign-in"),
  })
  .describe("Signs in with a JWT.");

const token = z
  .strictObject({
    method: z.literal("token").describe("A token that somebody else keeps alive or replaces."),
    token: reference("the token"),
  })
  .describe("Uses a token, renews it where it can be renewed, and does not revoke it.");

export const vaultSchema = z.strictObject({
  address: origin().describe("scheme://host[:port] of the server."),
  namespace: nonEmpty().optional().describe("Namespace of all requests (`X-Vault-Namespace`). Default: none."),
  ca: nonEmpty().optional().describe("Authorities of its certificate, PEM file. Default: those that Node knows."),
  allow_addresses: z
    .array(z.enum(addressClasses))
    .prefault([])
    .describe("Address classes beyond public ones that the server may resolve to."),
  timeout: duration("100ms", "1m").prefault("5s").describe("How long one request may take."),
  auth: z.discriminatedUnion("method", [approle, kubernetes, jwt, token]).describe("How the gateway signs in."),
});

export const vaultsSchema = z
  .record(name(), vaultSchema)
  .prefault({})
  .describe("Vault and OpenBao servers that `credentials` come from or are signed by, by name.");
