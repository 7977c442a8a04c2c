import { z } from "zod";
import { signalEvents, type SignalName } from "../../domain/signal.ts";
import { algorithmList, jwks } from "./issuers.ts";
import { addressClasses } from "./routes.ts";
import { count, duration, name, nonEmpty, webUrl } from "./values.ts";

const reference = (what: string) =>
  z.string().describe(`Reference to ${what}: \`env:NAME\` or \`file:PATH\`, never the secret itself.`);

const actions = ["end", "risk", "ignore"] as const;

/** What each event leads to unless the configuration says otherwise. */
export const defaultActions: Readonly<
  Record<SignalName, { readonly do: (typeof actions)[number]; /** As a risk. */ readonly for: string }>
> = {
  "session-revoked": { do: "end", for: "24h" },
  "token-claims-change": { do: "end", for: "24h" },
  "credential-change": { do: "risk", for: "24h" },
  "assurance-level-change": { do: "ignore", for: "24h" },
  // The transmitter says when it is over.
  "device-compliance-change": { do: "risk", for: "7d" },
  "risk-level-change": { do: "risk", for: "7d" },
  "account-disabled": { do: "end", for: "7d" },
  "account-purged": { do: "end", for: "7d" },
  "credential-compromise": { do: "end", for: "7d" },
};

/** What each event says, for the manual. */
const meanings: Readonly<Record<SignalName, string>> = {
  "session-revoked": "The session of a person or caller was ended (CAEP).",
  "token-claims-change": "What a token says is no longer true (CAEP).",
  "credential-change": "A password, key or second factor was added, changed or removed (CAEP).",
  "assurance-level-change": "How well somebody was authenticated has changed; only a decrease counts (CAEP).",
  "device-compliance-change": "A device is no longer compliant, or is again; only the former counts (CAEP).",
  "risk-level-change": "How risky somebody is has changed; `end` is for the level HIGH alone (CAEP).",
  "account-disabled": "An account was disabled (RISC).",
  "account-purged": "An account was deleted (RISC).",
  "credential-compromise": "A credential is known to others (RISC).",
};

function event({ do: action, for: duringDefault }: (typeof defaultActions)[SignalName], meaning: string) {
  return z
    .strictObject({
      do: z
        .enum(actions)
        .prefault(action)
        .describe(
          "`end`: what runs is aborted, what is held is cancelled, and tokens from before the event are refused. `risk`: a risk signal that policy reads. `ignore`: nothing.",
        ),
      for: duration("1m", "365d")
        .optional()
        .describe(
          `With \`end\`: every token is refused for so long, also those issued after the event. With \`risk\`: how long the signal counts, ${duringDefault} when it is not said.`,
        ),
      level: z
        .number()
        .min(0, { error: "must be between 0 and 1" })
        .max(1, { error: "must be between 0 and 1" })
        .optional()
        .describe("With `risk`: how bad it is, from 0 to 1. Default: by event, and by what it says."),
    })
    .prefault({})
    .describe(meaning);
}

const events = z
  .strictObject(
    Object.fromEntries(
      Object.keys(signalEvents).map((key) => [
        key,
        event(defaultActions[key as SignalName], meanings[key as SignalName]),
      ]),
    ) as {
      [Name in SignalName]: ReturnType<typeof event>;
    },
  )
  .prefault({})
  .describe("What each event leads to. Events that are not named here are acknowledged, recorded and nothing else.");

const client = z
  .strictObject({
    token_endpoint: webUrl().describe("Where access tokens are issued."),
    client_id: nonEmpty().describe("Name of the gateway there."),
    client_secret: reference("its secret"),
    scope: nonEmpty().optional().describe("Scope that is asked for, such as `ssf.manage`. Default: none."),
  })
  .describe("OAuth client credentials (RFC 6749 §4.4) for the transmitter's API.");

const api = z
  .strictObject({
    metadata: webUrl()
      .optional()
      .describe("Where the transmitter's metadata is. Default: /.well-known/ssf-configuration of `issuer`."),
    authorization: reference("the whole value of the Authorization header towards the transmitter").optional(),
    client: client.optional(),
    allow_addresses: z
      .array(z.enum(addressClasses))
      .prefault([])
      .describe("Address classes beyond public ones that its endpoints may resolve to; checked on each connection."),
    allow_insecure: z
      .boolean()
      .prefault(false)
      .describe("Accept plain http beyond loopback. Whoever is on the path can then read and forge signals."),
    timeout: duration("100ms", "1m").prefault("10s").describe("How long one request may take."),
  })
  .prefault({})
  .describe("How the gateway calls the transmitter: its metadata, its keys, and its streams.");

const poll = z
  .strictObject({
    url: webUrl()
      .optional()
      .describe("Where SETs are fetched (RFC 8936). Default: the address that the transmitter gives the stream."),
    max_events: count(1, 1_000).prefault(100).describe("SETs in one answer."),
    wait: duration("1s", "5m").prefault("30s").describe("How long one request waits at the transmitter for SETs."),
    first_retry: duration("10ms", "10m")
      .prefault("1s")
      .describe("Wait after a request that failed; it doubles with every further one."),
    longest_retry: duration("10ms", "1h").prefault("1m").describe("Longest wait between two requests."),
  })
  .prefault({})
  .describe("For `delivery: poll`.");

/** A subject identifier as the transmitter wants it (RFC 9493). */
const subjectIdentifier = z.looseObject({ format: nonEmpty().describe("Its format, such as `email` or `iss_sub`.") });

const stream = z
  .strictObject({
    id: nonEmpty()
      .optional()
      .describe("Id of a stream that is there. Default: the one that has this description, else a new one."),
    description: nonEmpty()
      .optional()
      .describe("What the stream is called at the transmitter. Default: Sallyport and the `instance`."),
    subjects: z
      .array(subjectIdentifier)
      .max(1_000, { error: "must be at most 1000" })
      .prefault([])
      .describe("Subjects that are added to the stream, for a transmitter that sends nothing of others."),
    status_every: duration("1s", "1d").prefault("1m").describe("How often the stream's status is read."),
    verify_every: duration("0s", "7d")
      .prefault("1h")
      .describe("How often a verification event is asked for, which proves that signals arrive. `0s`: never."),
    verify_within: duration("100ms", "10m").prefault("10s").describe("How long that event may take."),
  })
  .describe("Set the stream up at the transmitter and watch it. Without this section both are done by hand.");

export const transmitterSchema = z.strictObject({
  id: name().describe("Short name, in records and in the path of pushed SETs: /signals/<id>."),
  issuer: webUrl().describe("Exact `iss` of its SETs."),
  audience: nonEmpty()
    .optional()
    .describe("What its SETs must name in `aud`. Default: public URL of the agents listener plus /signals/<id>."),
  about: z
    .array(z.string())
    .min(1, { error: "needs at least one issuer, or there is nobody it could speak of" })
    .optional()
    .describe(
      "Ids of the issuers about whose callers it may speak; `gateway` for the people to whom the gateway itself gives tokens, which whoever speaks for `authorization.sign_in.issuer` speaks for too. Default: those whose `issuer` is its own.",
    ),
  opaque: z
    .enum(["subject", "session"])
    .optional()
    .describe("What an opaque subject names. Default: a session in session-revoked, else a subject."),
  ignore_members: z
    .array(nonEmpty())
    .prefault([])
    .describe("Members of complex subjects, such as `tenant`, that are the same for everybody here."),
  jwks: jwks.optional().describe("Its public keys. Default: those that its metadata names."),
  algorithms: algorithmList()
    .prefault(["RS256", "ES256", "EdDSA"])
    .describe("Signature algorithms that are accepted (RFC 8725 §3.1)."),
  clock_skew: duration("0s", "5m").prefault("30s").describe("How far its clock may be off."),
  max_age: duration("1m", "90d")
    .prefault("7d")
    .describe("How old a SET may be when it comes, and how long its id is remembered so that it counts once."),
  delivery: z.enum(["push", "poll"]).describe("`push`: it posts SETs here (RFC 8935). `poll`: they are fetched."),
  authorization: reference("the whole value of its Authorization header; required for `push`").optional(),
  poll,
  api,
  stream: stream.optional(),
  events,
});

export const signalsSchema = z
  .array(transmitterSchema)
  .prefault([])
  .describe(
    "Systems that say when something about a caller has changed (OpenID Shared Signals Framework 1.0, CAEP, RISC).",
  );
