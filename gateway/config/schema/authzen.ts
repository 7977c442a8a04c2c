import { z } from "zod";
import { addressClasses, jsonLimits, proof } from "./routes.ts";
import { count, duration, nonEmpty, size, webUrl } from "./values.ts";

const callbacks = z
  .strictObject({
    allow: z
      .array(webUrl())
      .prefault([])
      .describe("Where callbacks may go: each a URL that the endpoint equals or lies below. Empty: nowhere."),
    allow_addresses: z
      .array(z.enum(addressClasses))
      .prefault([])
      .describe("Address classes beyond public ones that a callback may connect to; checked on each connection."),
    secret: z
      .string()
      .optional()
      .describe(
        "Reference to the key that callbacks are signed with (Standard Webhooks): `env:NAME` or `file:PATH`; required with `allow`.",
      ),
    timeout: duration("100ms", "1m").prefault("5s").describe("How long one delivery may take."),
  })
  .prefault({})
  .describe("Notifications to enforcement points that requested one with their access request.");

const hooks = z
  .strictObject({
    issuers: z
      .array(z.string())
      .prefault([])
      .describe(
        "Ids of the issuers whose tokens name agents, beside the gateway itself where there is a section `authorization`.",
      ),
    audience: nonEmpty()
      .optional()
      .describe(
        "Audience that their tokens must name exactly. Default: public URL of the agents listener plus /access/v1/self.",
      ),
    proof,
    server: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, { error: "is not lower-case letters, digits, dots, dashes" })
      .prefault("local")
      .describe("The server in the policy's catalog whose tools are what agents' clients execute themselves."),
  })
  .describe(
    "Answer the hooks of agents' clients under /access/v1/self: each asks with its agent's own token about what the client is about to execute itself, and about that agent alone.",
  );

export const authzenSchema = z
  .strictObject({
    issuers: z
      .array(z.string())
      .prefault([])
      .describe(
        "Ids of the issuers whose tokens name enforcement points. Without one only agents' clients may ask, see `hooks`.",
      ),
    audience: nonEmpty()
      .optional()
      .describe(
        "Audience that their tokens must name exactly. Default: public URL of the agents listener plus /access/v1.",
      ),
    proof,
    body: z
      .strictObject({
        max: size("1KiB", "16MiB").prefault("256KiB").describe("Largest request body."),
        limits: jsonLimits,
      })
      .prefault({})
      .describe("What request bodies may be."),
    evaluations: count(1, 1_000).prefault(100).describe("Questions in one batch; more are answered 400."),
    request_within: duration("10s", "1h")
      .prefault("10m")
      .describe("How long a denial that people may lift can be requested."),
    ignored_context: z
      .array(nonEmpty())
      .prefault([])
      .describe(
        "Members of `context` that change from one question to the next, such as a nonce. Neither policy nor approvers see them, and no approval is bound to them. `time` is always one: the gateway has its own clock.",
      ),
    callbacks,
    hooks: hooks.optional(),
  })
  .describe(
    "Answer other enforcement points: AuthZEN 1.0 evaluations, access requests and approvals under /access/v1. Without this section there is none of it.",
  );
