import { z } from "zod";
import { login } from "./login.ts";
import { network, nonEmpty, origin } from "./text.ts";
import { count, duration, size } from "./units.ts";

const host = z.string().regex(/^[A-Za-z0-9.:-]+$/, { error: "expected a host name or IP address to bind" });

const limits = z
  .strictObject({
    headers: size("1KiB", "64KiB")
      .prefault("16KiB")
      .describe("Largest request line and headers together; more is answered 431."),
    header_count: count(10, 1_000).prefault(100).describe("Headers of one request; more are answered 431."),
    headers_timeout: duration("100ms", "5m")
      .prefault("10s")
      .describe(
        "How long the request headers may take to arrive, from the opening of a new connection on, and never longer than request_timeout; then 408.",
      ),
    request_timeout: duration("1s", "1h")
      .prefault("60s")
      .describe("How long a whole request, body included, may take to arrive; then 408."),
    keep_alive: duration("1s", "10m").prefault("65s").describe("How long an idle connection is kept."),
    connections: count(1, 1_000_000).prefault(10_000).describe("Open connections; one more is answered 503."),
    pipelined: count(1, 1_000)
      .prefault(32)
      .describe(
        "Requests of one connection that may wait for their answers; then it is not read until some are answered.",
      ),
    stalled_reader: duration("1s", "1h")
      .prefault("60s")
      .describe("How long a caller may take nothing of an answer that waits for it; then its connection is cut."),
    drain: duration("0s", "10m").prefault("20s").describe("How long a stopping gateway lets running calls finish."),
    proofs: count(100, 10_000_000)
      .prefault(200_000)
      .describe(
        "DPoP proofs remembered against replay, each until it is too old to be used, a tenth of them for one subject; beyond that its proofs are refused.",
      ),
  })
  .prefault({})
  .describe("Limits of the agents listener.");

const tls = z
  .strictObject({
    cert: nonEmpty().describe("Certificate chain of this listener, PEM file; read again when it changes."),
    key: nonEmpty().describe("Private key of the certificate, PEM file."),
    client_ca: nonEmpty()
      .optional()
      .describe(
        "Certificates, PEM file, that client certificates must lead to. Without it any certificate may prove its own key (RFC 8705 §2.2).",
      ),
    request_client_certificate: z
      .boolean()
      .prefault(false)
      .describe("Ask callers for a certificate: for tokens that are bound to one (RFC 8705) and for X.509-SVIDs."),
  })
  .describe("TLS of the agents listener, 1.2 or later. Without it calls come in plain HTTP.");

const agents = z
  .strictObject({
    host: host.prefault("127.0.0.1").describe("Address to bind."),
    port: count(0, 65_535).prefault(8700).describe("Port to bind; 0 takes any free one."),
    public_url: origin()
      .optional()
      .describe(
        "Origin under which agents reach this listener. Default: http or, with `tls`, https, the host and the port above.",
      ),
    tls: tls.optional(),
    limits,
  })
  .prefault({})
  .describe("Where agents send their calls.");

const consoleListener = z
  .strictObject({
    host: host.prefault("127.0.0.1").describe("Address to bind; anything but loopback needs `login`."),
    port: count(0, 65_535).prefault(8701).describe("Port to bind; 0 takes any free one."),
    public_url: origin()
      .optional()
      .describe("Origin under which people reach the console. Default: http, the host and the port above."),
    trusted_proxies: z
      .array(network())
      .prefault([])
      .describe(
        "Addresses and networks of proxies in front of the console. From these connections alone the X-Forwarded-For header says where people sign in from; otherwise it is not read.",
      ),
    login: login.optional(),
  })
  .prefault({})
  .describe("Where people decide and look, and where the command line asks.");

export const listenersSchema = z
  .strictObject({ agents, console: consoleListener })
  .prefault({})
  .describe("The two doors of the gateway.");
