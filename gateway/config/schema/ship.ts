import { z } from "zod";
import { addressClasses } from "./routes.ts";
import { count, duration, name, nonEmpty, origin, size, webUrl } from "./values.ts";

const reference = (what: string) => z.string().describe(`Reference to ${what}: \`env:NAME\` or \`file:PATH\`.`);

const common = {
  name: name().describe("Names it in findings, in metrics and in its cursor, `ship/<name>.json` in the data folder."),
  every: duration("50ms", "1h").prefault("1s").describe("Pause between two looks at the log once all of it was sent."),
  timeout: duration("100ms", "10m").prefault("30s").describe("How long one attempt may take."),
  retry: z
    .strictObject({
      first: duration("10ms", "10m").prefault("500ms").describe("Pause after the first failure."),
      longest: duration("10ms", "1h").prefault("1m").describe("It doubles up to this, and half of it is random."),
    })
    .prefault({})
    .describe("What a receiver does not take is sent again until it does. Retry-After counts too."),
  degraded_after: duration("1s", "30d")
    .prefault("5m")
    .describe(
      "Records that wait longer, or attempts that fail for longer, are a finding on /readyz that leaves it at 200.",
    ),
  unready_after: duration("1s", "30d")
    .optional()
    .describe("Records that wait longer, or attempts that fail for longer, make /readyz 503. Default: neither does."),
  retain: duration("1h", "3660d")
    .optional()
    .describe(
      "Segments that it has not had are kept beyond `record.retention`, for at most so long after their last record. Default: until it has had them.",
    ),
} as const;

const allow_addresses = z
  .array(z.enum(addressClasses))
  .prefault([])
  .describe("Address classes beyond public ones that the receiver may resolve to.");

const tls = {
  ca: nonEmpty().optional().describe("Authorities of its certificate, PEM file. Default: those that Node knows."),
  client: z
    .strictObject({
      cert: nonEmpty().describe("Certificate with its chain, PEM file."),
      key: nonEmpty().describe("Its private key, PEM file."),
    })
    .optional()
    .describe("The certificate that the gateway shows. Read anew for each connection."),
} as const;

/** How a receiver is reached, and what it is shown. */
export const receiver = {
  token: reference("the token that is sent in `authorization`").optional(),
  scheme: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,31}$/, { error: "expected a scheme such as Bearer" })
    .prefault("Bearer")
    .describe("What stands before the token."),
  ...tls,
  allow_addresses,
} as const;

const format = z
  .enum(["record", "opa", "ocsf", "ecs"])
  .prefault("record")
  .describe(
    "What a record looks like: as in the log, OPA's decision log event, OCSF API Activity, Elastic Common Schema.",
  );

const opa = z
  .strictObject({
    ...common,
    to: z.literal("opa").describe("OPA's decision log API: decisions alone, as gzip JSON arrays."),
    url: webUrl().describe("Where to post, such as https://logs.example.com/logs."),
    ...receiver,
    chunk: size("1KiB", "64MiB").prefault("32KiB").describe("Most bytes of a chunk, compressed."),
  })
  .describe("A receiver of OPA's decision logs.");

const otlp = z
  .strictObject({
    ...common,
    to: z.literal("otlp").describe("OTLP/HTTP logs, JSON encoding."),
    url: webUrl().describe("Where to post, such as https://otel.example.com/v1/logs."),
    ...receiver,
  })
  .describe("An OpenTelemetry collector.");

const s3 = z
  .strictObject({
    ...common,
    to: z.literal("s3").describe("An S3-compatible object store: lines, tiles, checkpoints and keys of the log."),
    endpoint: origin().describe("Where it is, such as https://s3.eu-central-1.amazonaws.com."),
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: "expected the name of a bucket" })
      .describe("Its name is the first part of the path."),
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, { error: "expected a region such as eu-central-1" })
      .describe("Its region, which requests are signed for."),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/, { error: "expected names with / between them" })
      .optional()
      .describe("What all keys begin with. Default: nothing."),
    access_key_id: reference("the access key's id"),
    secret_access_key: reference("the secret access key"),
    session_token: reference("the session token, for temporary keys").optional(),
    ...tls,
    allow_addresses,
  })
  .describe("A bucket.");

const syslog = z
  .strictObject({
    ...common,
    to: z.literal("syslog").describe("Syslog (RFC 5424) over TCP, octet counting, or TLS (RFC 5425)."),
    host: nonEmpty().describe("Name or address of the receiver."),
    port: count(1, 65_535).prefault(6514).describe("Its port."),
    tls: z.boolean().prefault(true).describe("false: plain TCP, to this machine alone."),
    facility: count(0, 23).prefault(13).describe("RFC 5424 §6.2.1. 13: log audit."),
    message: size("4KiB", "64MiB")
      .prefault("7KiB")
      .describe(
        "Most bytes of a message: no more than the receiver takes (8 KiB of rsyslog and 64 KiB of syslog-ng, unless they are told otherwise). Of a larger record less is sent.",
      ),
    format,
    ...tls,
    allow_addresses,
  })
  .describe("A syslog receiver that closes its side of a connection after it has read all of it.");

const stdout = z
  .strictObject({
    ...common,
    to: z.literal("stdout").describe("Standard output of the gateway, one JSON object a line."),
    format,
  })
  .describe("Standard output.");

export const shipSchema = z.discriminatedUnion("to", [opa, otlp, s3, syslog, stdout]);
