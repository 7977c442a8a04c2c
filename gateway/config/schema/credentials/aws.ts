import { z } from "zod";
import { awsTags } from "../../../domain/aws-credential.ts";
import { addressClasses } from "../routes.ts";
import { duration, nonEmpty, origin } from "../values.ts";

const reference = (what: string) => z.string().describe(`Reference to ${what}: \`env:NAME\` or \`file:PATH\`.`);

const keys = z
  .strictObject({
    access_key_id: reference("the access key's id"),
    secret_access_key: reference("the secret access key"),
    session_token: reference("the session token, for temporary keys that somebody else replaces").optional(),
  })
  .describe("Keys that sign, or that assume the role. Not needed with `role.web_identity`.");

export const awsRoleArn = () =>
  z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, {
    error: "expected the ARN of a role, such as arn:aws:iam::123456789012:role/tools",
  });

export const awsRegion = () =>
  z.string().regex(/^[a-z0-9-]{1,64}$/, { error: "expected a region such as eu-central-1" });

/** How STS is reached. */
export const awsSts = {
  sts: origin().optional().describe("STS. Default: https://sts.<region>.amazonaws.com."),
  allow_addresses: z
    .array(z.enum(addressClasses))
    .prefault([])
    .describe("Address classes beyond public ones that STS may resolve to."),
  ca: nonEmpty().optional().describe("Authorities of STS's certificate, PEM file. Default: those that Node knows."),
  timeout: duration("100ms", "1m").prefault("5s").describe("How long one request may take."),
} as const;

const role = z
  .strictObject({
    arn: awsRoleArn().describe("The role that each caller gets a session of."),
    session_name: z
      .enum(["subject", "person", "task"])
      .prefault("subject")
      .describe(
        "What names the session in AWS's logs: the caller, the person it acts for or the task, else the caller. A name with other characters than `A-Za-z0-9_+=,.@-` is cut, and ends with a digest.",
      ),
    duration: duration("15m", "12h").prefault("1h").describe("How long a session lasts."),
    tags: z
      .record(
        z.string().regex(/^[\w.:/=+@ -]{1,128}$/, { error: "expected the key of a session tag" }),
        z.enum(awsTags),
      )
      .prefault({})
      .describe("Session tags by key, each with the fact that it holds; without that fact it is left out."),
    external_id: reference("the external id that the role asks for").optional(),
    policy: nonEmpty().optional().describe("JSON file with a session policy, which can only narrow the role."),
    policy_arns: z.array(nonEmpty()).max(10).prefault([]).describe("Managed policies that narrow it, by ARN."),
    web_identity: reference("an OIDC token for AssumeRoleWithWebIdentity, read anew each time").optional(),
    ...awsSts,
  })
  .describe("Sessions of STS. Default: the keys themselves sign.");

export const awsCredential = z
  .strictObject({
    provider: z.literal("aws").describe("Requests signed with AWS Signature Version 4."),
    region: awsRegion().describe("Region of the service."),
    service: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, { error: "expected a service as signatures name it, such as s3 or execute-api" })
      .describe("Service as signatures name it, such as `s3`, `dynamodb` or `execute-api`."),
    keys: keys.optional(),
    role: role.optional(),
  })
  .describe("Signs each request as it is sent, with keys of the gateway or of a session for the caller.");
