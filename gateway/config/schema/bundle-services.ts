import { z } from "zod";
import { addressClasses } from "./routes.ts";
import { oauth2, s3Signing } from "./service-credentials.ts";
import { count, duration, name, nonEmpty, webUrl } from "./values.ts";

/** The size that bundles may unpack to in any case. */
const mostBytes = 268_435_456;

const bearer = z
  .strictObject({
    token: z
      .string()
      .describe(
        "Reference to the token: `env:NAME` or `file:PATH`. Read for each request, so that a new one counts. A registry gets it as base64.",
      ),
    scheme: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]{0,31}$/, { error: "expected a scheme such as Bearer" })
      .prefault("Bearer")
      .describe("What stands before the token in `authorization`."),
  })
  .describe("A token.");

const clientTls = z
  .strictObject({
    cert: nonEmpty().describe("Certificate with its chain, PEM file. Read for each request."),
    private_key: nonEmpty().describe("Its private key, PEM file."),
  })
  .describe("The certificate that the gateway shows.");

/** Options and defaults are those of `services` in OPA's configuration, where OPA has them. */
export const serviceSchema = z.strictObject({
  url: webUrl().describe("Where the server is, such as https://bundles.example.com/v1."),
  type: z
    .enum(["oci"])
    .optional()
    .describe(
      "`oci`: it is a registry, and bundles are artifacts in it. Default: a server of OPA's bundle service API.",
    ),
  headers: z
    .record(
      z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, { error: "expected the name of a header" }),
      z.string().regex(/^[\x20-\x7e]*$/, { error: "expected printable ASCII" }),
    )
    .prefault({})
    .describe("Headers of each request. A value of the form `env:NAME` or `file:PATH` is the reference of a secret."),
  response_header_timeout_seconds: count(1, 3600)
    .prefault(10)
    .describe(
      "How long the server may take to begin its answer, and between two parts of it. While it waits for news, as long as it may wait is added.",
    ),
  credentials: z
    .strictObject({
      bearer: bearer.optional(),
      oauth2: oauth2.optional(),
      s3_signing: s3Signing.optional(),
      client_tls: clientTls.optional(),
    })
    .prefault({})
    .describe("How the gateway proves who it is: by one of the first three, and by a certificate."),
  tls: z
    .strictObject({
      ca_cert: nonEmpty().optional().describe("Authorities of its certificate, PEM file. Default: those of Node."),
    })
    .prefault({})
    .describe("How the server proves who it is."),
  allow_addresses: z
    .array(z.enum(addressClasses))
    .prefault([])
    .describe("Address classes beyond public ones that the server may resolve to."),
});

export const servicesSchema = z
  .record(name(), serviceSchema)
  .prefault({})
  .describe("Servers of OPA's bundle service API, by the name that sources give.");

/** As `status` in OPA's configuration. */
export const statusSchema = z
  .strictObject({
    service: nonEmpty().describe("The one of `policy.services` that is told, at `/status` below its URL."),
    partition_name: z
      .string()
      .regex(/^(?!(?:.*\/)?\.{1,2}(?:\/|$))[A-Za-z0-9._~-]{1,128}(?:\/[A-Za-z0-9._~-]{1,128})*$/, {
        error: "expected a part of a path such as eu/gw-1, without . and ..",
      })
      .optional()
      .describe("What follows `/status/` in the path. Default: nothing."),
  })
  .describe(
    "Tell a service of OPA's status API how bundles are: at the start, after each request for one, and after each change of the policy.",
  );

const polling = z
  .strictObject({
    min_delay_seconds: count(1, 86_400).prefault(60).describe("Shortest pause between two requests."),
    max_delay_seconds: count(1, 86_400)
      .prefault(120)
      .describe(
        "Longest one. The pause is random between the two. After a failure it is none, then 160 ms, growing up to this.",
      ),
    long_polling_timeout_seconds: count(1, 3600)
      .optional()
      .describe("How long the server may keep a request until it has news. Default: it is asked in pauses."),
  })
  .prefault({})
  .describe("When the server is asked.");

/** How a bundle is asked for and kept, whatever is in it. `signing`: who may sign it. */
function download<Signing extends z.ZodType>(signing: Signing) {
  return {
    polling,
    persist: z
      .boolean()
      .prefault(false)
      .describe("A start without the server takes the bundle that was active last. With `false`, calls wait for it."),
    size_limit_bytes: count(1, mostBytes)
      .prefault(mostBytes)
      .describe("Largest archive, and largest file in it, in bytes."),
    signing: signing.optional(),
    max_stale: duration("1s", "30d")
      .optional()
      .describe(
        "If the server has not confirmed the active bundle for so long, /readyz says so. Default: no limit is set.",
      ),
    when_stale: z
      .enum(["tell", "deny"])
      .prefault("tell")
      .describe("`deny`: beyond `max_stale` every call is refused, and /readyz is 503."),
  };
}

const resource = z.string().regex(/^[\x21-\x7e]{1,2048}$/, { error: "expected a path such as bundles/authz" });

/** As `bundles.<name>` in OPA's configuration. `signing`: who may sign it. */
export function servedBundle<Signing extends z.ZodType>(signing: Signing) {
  return z
    .strictObject({
      bundle: name().describe(
        "Names it in messages, in metrics, and in its folder `bundles/<name>` in the data folder.",
      ),
      service: nonEmpty().describe("The one of `policy.services` that has it."),
      resource: resource
        .optional()
        .describe(
          "Its path below the URL of the service. Default: `bundles/<name>`. Of a registry, the whole reference, such as `ghcr.io/acme/authz:1`.",
        ),
      ...download(signing),
    })
    .describe("A bundle of a bundle service.");
}

/** Names the bundle of `policy.discovery` in messages, in metrics, and on disk, as OPA does. */
export const discoveryName = "discovery";

/** As `discovery` in OPA's configuration. `signing`: who may sign it. */
export function discoverySchema<Signing extends z.ZodType>(signing: Signing) {
  return z
    .strictObject({
      service: nonEmpty().describe("The one of `policy.services` that has the discovery bundle."),
      resource: resource.describe("Its path below the URL of the service. Of a registry, the whole reference."),
      decision: z
        .string()
        .regex(/^\/?[A-Za-z_]\w*(?:\/[A-Za-z_]\w*)*\/?$/, { error: "expected a path such as example/discovery" })
        .optional()
        .describe(
          "Where below `data` the document is, as data or as what rules make: `example/discovery` is `data.example.discovery`. Default: all of `data`.",
        ),
      ...download(signing),
    })
    .describe(
      "A bundle service says which bundles there are besides: its document has `bundles`, `status` and `labels` in OPA's form. `max_stale` and `when_stale` hold for those bundles too, and their `signing` names keys of this one.",
    );
}
