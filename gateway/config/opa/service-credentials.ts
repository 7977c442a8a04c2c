import { resolve } from "node:path";
import type { JsonObject, JsonValue } from "../../lib/json.ts";
import { environmentVariable } from "../environment.ts";
import type { Section } from "./section.ts";

/** `credentials` of a service as those of `policy.services`. `keys`: of the configuration, which a service's key is one of. */
export function credentialsOf(credentials: Section, keys: () => Section | null): JsonObject {
  const bearer = credentials.section("bearer");
  const oauth2 = credentials.section("oauth2");
  const s3 = credentials.section("s3_signing");
  const client = credentials.section("client_tls");
  const values = {
    ...(bearer !== null && { bearer: bearerOf(bearer) }),
    ...(oauth2 !== null && { oauth2: oauthOf(oauth2, keys) }),
    ...(s3 !== null && { s3_signing: s3Of(s3) }),
    ...(client !== null && {
      client_tls: { cert: fileOf(client.take("cert") ?? ""), private_key: fileOf(client.take("private_key") ?? "") },
    }),
  };
  for (const one of [bearer, oauth2, s3, client]) one?.end();
  return values;
}

function bearerOf(bearer: Section): JsonObject {
  const [path, scheme] = [bearer.take("token_path"), bearer.take("scheme")];
  const token = secretOf(bearer, "token", "write ${NAME}, or token_path");
  return {
    token: path === undefined ? (token ?? "") : `file:${String(fileOf(path))}`,
    ...(scheme !== undefined && { scheme }),
  };
}

function oauthOf(oauth2: Section, keys: () => Section | null): JsonObject {
  const grant = oauth2.take("grant_type");
  const secret = secretOf(oauth2, "client_secret", "write ${NAME}");
  const claims = oauth2.take("additional_claims") ?? {};
  if (oauth2.raw("signing_key") === undefined && Object.keys(claims).length > 0)
    oauth2.ignore("additional_claims", "is in no request without signing_key");
  const { iss = "", sub = iss } = claims as { readonly iss?: JsonValue; readonly sub?: JsonValue };
  // Each assertion has one.
  oauth2.raw("include_jti_claim");
  const known = ["scopes", "additional_parameters"].flatMap((name) => {
    const value = oauth2.take(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const key = oauth2.take("signing_key");
  return {
    ...(grant !== undefined && { grant_type: grant }),
    token_url: oauth2.take("token_url") ?? "",
    // OPA needs none where an assertion names it.
    client_id: oauth2.take("client_id") ?? sub,
    ...(secret !== undefined && { client_secret: secret }),
    ...(key !== undefined && { signing_key: signingKeyOf(oauth2, String(key), keys()), additional_claims: claims }),
    ...Object.fromEntries(known),
  };
}

function signingKeyOf(oauth2: Section, id: string, keys: Section | null): JsonObject {
  const key = keys?.section(id) ?? null;
  if (key === null) {
    oauth2.fault("signing_key", `is none of keys: ${keys?.names.join(", ") ?? "there is none"}`);
    return { private_key: "env:NONE" };
  }
  const algorithm = key.take("algorithm");
  const secret = secretOf(key, "private_key", "write ${NAME}");
  for (const name of ["key", "scope"]) key.raw(name);
  key.end();
  return { private_key: secret ?? "", ...(algorithm !== undefined && { algorithm }) };
}

/** Where OPA reads the environment of AWS's own tools, the gateway has references to the same variables. */
function s3Of(s3: Section): JsonObject {
  const [environment, identity] = [s3.section("environment_credentials"), s3.section("web_identity_credentials")];
  const version = s3.take("signature_version") ?? "4";
  if (String(version) !== "4") s3.fault("signature_version", "is not supported; write 4");
  const service = s3.take("service");
  const region = identity?.take("aws_region") ?? environmentVariable("AWS_REGION") ?? "";
  const isIdentity = identity !== null && (environment === null || environmentVariable("AWS_ACCESS_KEY_ID") === null);
  if (environment === null && identity === null)
    s3.fault("environment_credentials", "is required, or web_identity_credentials: the other kinds are not supported");
  if (region === "") s3.fault(isIdentity ? "web_identity_credentials" : "environment_credentials", "needs AWS_REGION");
  const values = {
    region,
    ...(service !== undefined && { service }),
    ...(isIdentity ? { web_identity_credentials: identityOf(identity, region, s3) } : environmentKeys()),
  };
  for (const one of [environment, identity]) one?.end();
  return values;
}

function environmentKeys(): JsonObject {
  const session = ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"].find((name) => environmentVariable(name) !== null);
  return { environment_credentials: session === undefined ? {} : { session_token: `env:${session}` } };
}

function identityOf(identity: Section, region: JsonValue, s3: Section): JsonObject {
  const [role, token] = ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"].map((name) => {
    const value = environmentVariable(name);
    if (value === null) s3.fault("web_identity_credentials", `needs the variable ${name}`);
    return value ?? "";
  });
  const domain = identity.take("aws_domain") ?? environmentVariable("AWS_DOMAIN");
  return {
    role_arn: role ?? "",
    token: `file:${resolve(token ?? "")}`,
    ...(domain !== null && { sts: `https://sts.${String(region)}.${String(domain)}` }),
  };
}

/** A reference; a secret that stands in the file is a mistake. */
function secretOf(section: Section, name: string, instead: string): string | undefined {
  const secret = section.secret(name);
  if (secret === undefined) return undefined;
  if (typeof secret === "string" && /^env:[A-Za-z_]\w*$/.test(secret)) return secret;
  section.fault(name, `stands in the file itself; ${instead}`);
  return "env:NONE";
}

/** OPA's paths start from where it is run. */
export function fileOf(value: JsonValue): JsonValue {
  return typeof value === "string" && value !== "" ? resolve(value) : value;
}
