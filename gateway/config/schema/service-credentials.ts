import { z } from "zod";
import { awsRegion, awsRoleArn, awsSts } from "./credentials/aws.ts";
import { duration, nonEmpty, webUrl } from "./values.ts";

const reference = (what: string) => z.string().describe(`Reference to ${what}: \`env:NAME\` or \`file:PATH\`.`);

/** Of private keys; a secret that both sides have is `client_secret`. */
const algorithms = ["ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"] as const;

/** Names are those of `credentials.oauth2` in OPA's configuration, and of `keys` for the key. */
export const oauth2 = z
  .strictObject({
    grant_type: z
      .enum(["client_credentials", "jwt_bearer"])
      .prefault("client_credentials")
      .describe("`jwt_bearer`: the assertion that `signing_key` signs is the grant itself (RFC 7523 §2.1)."),
    token_url: webUrl().describe("Token endpoint of the authorization server."),
    client_id: nonEmpty().describe("The gateway as the server knows it."),
    client_secret: reference("its secret, sent with HTTP Basic").optional(),
    signing_key: z
      .strictObject({
        algorithm: z.enum(algorithms).prefault("RS256").describe("What it signs with."),
        private_key: reference("the private key, PEM"),
      })
      .optional()
      .describe("Signs an assertion: in the place of a secret (`private_key_jwt`), or as the grant."),
    additional_claims: z
      .record(nonEmpty(), z.json())
      .prefault({})
      .describe("Claims of the assertion. Default: `iss` and `sub` are `client_id`, `aud` is `token_url`."),
    scopes: z.array(nonEmpty()).prefault([]).describe("What to ask for. Default: what the server gives without."),
    additional_parameters: z
      .record(nonEmpty(), z.string())
      .prefault({})
      .describe("Further parameters of the token request, such as `audience`."),
  })
  .describe(
    "Tokens of an authorization server. One is used for nine tenths of its life, and replaced once when the service answers 401.",
  );

const environmentCredentials = z
  .strictObject({
    access_key_id: reference("the access key's id").prefault("env:AWS_ACCESS_KEY_ID"),
    secret_access_key: reference("the secret access key").prefault("env:AWS_SECRET_ACCESS_KEY"),
    session_token: reference("the session token of temporary keys").optional(),
  })
  .describe("Keys, read for each request.");

const webIdentity = z
  .strictObject({
    role_arn: awsRoleArn().describe("The role to get a session of."),
    token: reference("an OIDC token, read anew for each session"),
    duration: duration("15m", "12h").prefault("1h").describe("How long a session lasts."),
    ...awsSts,
  })
  .describe("A session of STS for an OIDC token (AssumeRoleWithWebIdentity).");

/** As `credentials.s3_signing` in OPA's configuration; references stand where OPA reads the environment. */
export const s3Signing = z
  .strictObject({
    region: awsRegion().describe("Region of the service."),
    service: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, { error: "expected a service as signatures name it, such as s3 or execute-api" })
      .prefault("s3")
      .describe("Service as signatures name it."),
    environment_credentials: environmentCredentials.optional(),
    web_identity_credentials: webIdentity.optional(),
  })
  .describe("Requests signed with AWS Signature Version 4, with one kind of keys.");
