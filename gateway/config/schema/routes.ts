import { z } from "zod";
import { withheldAnswerHeaders } from "../../domain/upstream-answer.ts";
import { command } from "./commands.ts";
import {
  canonicalPath,
  count,
  duration,
  mediaTypePattern,
  name,
  nonEmpty,
  origin,
  size,
  tokenPattern,
} from "./values.ts";

export const addressClasses = ["private", "loopback", "link-local", "unspecified", "multicast", "reserved"] as const;

const upstream = z
  .strictObject({
    origin: origin().optional().describe("scheme://host[:port] of the tool server; required without `command`."),
    command: command.optional(),
    transport: z
      .enum(["http", "sse"])
      .prefault("http")
      .describe(
        "How an MCP server at `origin` is spoken to. `http`: Streamable HTTP. `sse`: HTTP with SSE (MCP 2024-11-05), whose event stream is at `rewrite`.",
      ),
    allow_addresses: z
      .array(z.enum(addressClasses))
      .prefault([])
      .describe("Address classes beyond public ones that the tool server may resolve to; checked on each connection."),
    allow_insecure: z
      .boolean()
      .prefault(false)
      .describe("Accept plain http to a host beyond loopback. Whoever is on the path can then read and change calls."),
    connect_timeout: duration("10ms", "1m").prefault("2s").describe("How long a connection may take."),
    headers_timeout: duration("100ms", "10m")
      .prefault("30s")
      .describe("How long the tool server may take to begin its answer."),
    body_timeout: duration("100ms", "10m")
      .prefault("30s")
      .describe("Longest pause within an answer; event streams are exempt."),
    max_response: size("1KiB", "1GiB").prefault("8MiB").describe("Largest answer; event streams are exempt."),
    connections: count(1, 10_000).prefault(64).describe("Connections kept to the tool server."),
    answer_headers: z
      .array(z.enum(withheldAnswerHeaders))
      .prefault([])
      .describe(
        "Headers of the tool server's answers that callers get on this route although they speak for the gateway's whole origin. Default: all of these are withheld.",
      ),
    request_headers: z
      .array(z.string().regex(/^[a-z0-9-]+$/, { error: "expected a header name in lower case" }))
      .prefault([])
      .describe(
        "Headers of callers by which the tool server chooses what it executes, such as `x-amz-target`, `soapaction` or `accept` where it names a version, or in whose account, such as `stripe-account` or `x-tenant-id`. Each may be given once; policy sees them, the digest covers them, an approval binds them. A request with such a header that is not named here is refused.",
      ),
  })
  .describe("The tool server behind the route.");

export const jsonLimits = z
  .strictObject({
    depth: count(1, 64).prefault(64).describe("Deepest nesting."),
    keys_per_object: count(1, 1000).prefault(1000).describe("Keys in one object."),
    keys: count(1, 10_000).prefault(10_000).describe("Keys in the whole body."),
    string: size("16B", "16MiB").prefault("256KiB").describe("Longest single text, in UTF-8 bytes."),
  })
  .prefault({})
  .describe("Caps on a JSON body that policy reads.");

const body = z
  .strictObject({
    policy: z
      .enum(["read", "omit"])
      .prefault("read")
      .describe(
        "`read`: policy sees the arguments. `omit`: the body is forwarded unread and the policy input says so.",
      ),
    max: size("0B", "64MiB").prefault("1MiB").describe("Largest request body."),
    accept: z
      .array(
        z.string().regex(mediaTypePattern, {
          error: "expected a media type in lower case without parameters, such as application/json",
        }),
      )
      .min(1, { error: "needs at least one media type" })
      .prefault(["application/json"])
      .describe("Media types of request bodies; anything else is answered 415."),
    limits: jsonLimits,
  })
  .prefault({})
  .describe("What request bodies may be and who reads them.");

const hold = z
  .strictObject({
    status: z
      .union([z.literal(202), z.literal(403), z.literal(409)], { error: "expected 202, 403 or 409" })
      .prefault(202)
      .describe("HTTP status of a held call; 403 or 409 for callers that read any 2xx as success."),
    max_wait: duration("0s", "30m")
      .prefault("120s")
      .describe("Longest wait on an open connection when the caller requests one."),
    silent_wait: duration("0s", "55s")
      .prefault("45s")
      .describe("Longest wait of an MCP caller that requests none; never longer than `client_timeout` leaves."),
    client_timeout: duration("1s", "1h")
      .prefault("60s")
      .describe(
        "How long the MCP clients of this route wait for an answer before they give up. No wait lasts longer than this less a quarter, of at most 10 s: the caller is told in time that its call is held.",
      ),
    progress_resets_timeout: z
      .boolean()
      .prefault(false)
      .describe(
        "Whether the MCP clients of this route begin their timeout anew at each progress message; those that ask for progress then wait up to `max_wait`. A request does not say whether its client does.",
      ),
    keep_result: duration("0s", "1h")
      .prefault("10m")
      .describe(
        "How long the result of an approved call is kept in memory for its caller: the same call, when it comes again and would be held, gets it once more instead. `0s`: not at all.",
      ),
    progress_every: duration("1s", "30s").prefault("10s").describe("Time between two MCP progress messages."),
    tasks: z
      .boolean()
      .prefault(true)
      .describe(
        "Offer MCP tasks, so that callers that can use them poll for a held call's result. Policy judges the polls as resource type `task`.",
      ),
    approval_page: z
      .boolean()
      .prefault(false)
      .describe(
        "Send MCP clients that declare elicitation in URL mode to the approval page of their held call; see waiting.md.",
      ),
    bind_headers: z
      .array(z.string().regex(/^[a-z0-9-]+$/, { error: "expected a header name in lower case" }))
      .prefault([])
      .describe(
        "Headers that an approval binds although they say how a call comes: such as `accept-language` or `mcp-session-id` where the tool server acts by them. Header parameters of an OpenAPI operation, and every header that is none of the transport's, are bound without it.",
      ),
    on_cancel: z
      .enum(["detach", "withdraw"])
      .prefault("detach")
      .describe(
        "When a waiting caller calls its request off: `detach` keeps the question open for the same call later, `withdraw` takes it back. Many clients call off what they only timed out on.",
      ),
  })
  .prefault({})
  .describe("How callers wait for an approval.");

const results = z
  .strictObject({
    policy: z
      .enum(["read", "scan", "off"])
      .prefault("read")
      .describe(
        "What rules about results see. `read`: the whole answer, which has to be JSON or text. `scan`: its status, types, size and what detectors find in it. `off`: nothing; they are not asked. Tools without such rules are not concerned.",
      ),
    max: size("1KiB", "16MiB")
      .prefault("256KiB")
      .describe("Largest answer that is held back to be judged, and the largest MCP message."),
    on_oversize: z
      .enum(["block", "pass-labelled"])
      .prefault("block")
      .describe(
        "A larger answer is withheld, or it passes unread and the session gets the label `result:unread` before.",
      ),
    streams: z
      .enum(["buffer", "pass-labelled"])
      .prefault("buffer")
      .describe(
        "An event stream of plain HTTP is held back until it ends, within `max`, or it passes unread with that label. MCP streams are judged message by message.",
      ),
  })
  .prefault({})
  .describe("Who reads the answers of tools that have rules about results.");

export const proof = z
  .strictObject({
    required: z
      .boolean()
      .prefault(false)
      .describe("Refuse every token that is bound to no key, before policy is evaluated."),
    dpop_nonce: z
      .boolean()
      .optional()
      .describe("Whether DPoP proofs need a nonce of this gateway. Default: what the token's issuer says."),
  })
  .prefault({})
  .describe("How callers prove that a token is theirs.");

const method = z
  .string()
  .regex(tokenPattern, { error: "expected an HTTP method" })
  .regex(/^[A-Z]+$/, { error: "write methods in capitals" })
  .refine((value) => value !== "TRACE" && value !== "CONNECT", { error: "TRACE and CONNECT are never forwarded" });

const toolName = (standard: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, { error: "expected letters, digits, dots, hyphens or underscores, at most 64" })
    .prefault(standard);

const tools = z
  .strictObject({
    offer: z
      .enum(["list", "search"])
      .prefault("list")
      .describe(
        "`list`: callers get the list of all tools that they may see. `search`: they get two tools of the gateway's own, one that finds tools by words and one that calls them; each call is judged as a call of the real tool. With mcp only.",
      ),
    mcp: canonicalPath()
      .optional()
      .describe(
        "Path at which the gateway itself is an MCP server whose tools are the operations of `openapi`, on the same host. With http and openapi only. Calls are judged and sent as those of the HTTP route; tokens must name the public URL of the agents listener plus this path, or the route's `audience` where there is no such URL.",
      ),
    search_as: toolName("search_tools").describe(
      "Name of the tool that finds tools. Another one where the server has a tool of this name.",
    ),
    call_as: toolName("call_tool").describe("Name of the tool that calls them."),
  })
  .prefault({})
  .describe("How callers come to know the tools.");

export const routeSchema = z.strictObject({
  id: name().describe("Short name, used in records."),
  host: z
    .string()
    .regex(/^(\*|[a-z0-9.-]+(:[0-9]{1,5})?|\[[0-9a-f:.]+\](:[0-9]{1,5})?)$/, {
      error: 'expected a host in lower case with its port when not the default, or "*"',
    })
    .prefault("*")
    .describe("Host that callers ask for, or `*` for any."),
  prefix: canonicalPath().describe("Path prefix, matched at segment borders."),
  rewrite: canonicalPath().optional().describe("What the prefix becomes upstream. Default: the prefix itself."),
  protocol: z
    .enum(["http", "mcp"])
    .describe("`http`: each operation is a tool. `mcp`: Model Context Protocol, Streamable HTTP."),
  server: name().describe("The tool server's name; policies see tools as <server>/<tool>."),
  upstream,
  methods: z
    .array(method)
    .min(1, { error: "needs at least one method" })
    .optional()
    .describe("Methods that are forwarded. Default: GET and POST; with mcp also DELETE."),
  audience: nonEmpty()
    .optional()
    .describe("Audience that tokens must name exactly. Default: public URL of the agents listener plus the prefix."),
  issuers: z
    .array(z.string())
    .prefault([])
    .describe("Ids of the issuers this route trusts; at least one, unless its `authorization` is `gateway`."),
  scopes: z
    .array(
      z
        .string()
        .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: "expected a scope: visible ASCII without quote and backslash" }),
    )
    .prefault([])
    .describe(
      "Scopes that clients of this route are told to ask for, in the challenge of a 401 and, with mcp, in the protected-resource metadata. Policy sees the token's own as `subject.properties.scopes`.",
    ),
  authorization: z
    .enum(["gateway", "external"])
    .optional()
    .describe(
      "Who gives out tokens for this route: `gateway`, by the section `authorization`, beside the `issuers`; or the `issuers` alone. Default: `gateway` with mcp where there is such a section, else `external`.",
    ),
  proof,
  body,
  openapi: nonEmpty()
    .optional()
    .describe(
      "OpenAPI document (JSON or YAML) that names the operations; http only. Its paths, behind the base paths of its `servers`, are matched after rewrite: as they are sent upstream.",
    ),
  origins: z.array(origin()).prefault([]).describe("Browser origins that may call."),
  hold,
  results,
  tools,
  pins: z
    .enum(["first_use", "catalog", "accepted"])
    .prefault("first_use")
    .describe(
      "Which definitions of the server's tools, prompts, resources and resource templates count. `first_use`: the first one seen. `catalog`: those with a line in the policy's catalog, and the definition whose digest the line names. `accepted`: what a person has accepted. Policy decides by it: anything else is hidden, and refused as what does not exist. The same on all routes of one server; with mcp only.",
    ),
  task: z
    .enum(["required", "optional", "off"])
    .prefault("optional")
    .describe(
      "Whether calls belong to a task. `required`: a call within none is refused. `off`: so is a call within one.",
    ),
  durability: z
    .enum(["strict", "buffered"])
    .prefault("strict")
    .describe(
      "`strict`: the decision is on disk before the first upstream byte. `buffered`: queued with a hard cap; for read-only tools.",
    ),
  credential: z.string().optional().describe("Name of the credential that every call carries upstream. Default: none."),
});

export const routesSchema = z.array(routeSchema).prefault([]).describe("Where calls go and under which rules.");
