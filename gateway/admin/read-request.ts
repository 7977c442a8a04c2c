import { isIP } from "node:net";
import type { Request } from "express";
import { z } from "zod";
import { Refusal } from "../domain/errors.ts";

/** A whole number in a query, within bounds. */
export function whole(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,16}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);
}

/** A date, which begins at midnight UTC, or a moment with its zone (RFC 3339); read as UTC with milliseconds. */
export const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], "must be a date or a time such as 2026-11-25T13:00:00Z")
  .transform((text) => new Date(text).toISOString());

export const shortText = z.string().min(1, "must not be empty").max(200, "must not be longer than 200 characters");

/** @throws Refusal parameter_invalid naming each wrong parameter and what it should be */
export function readQuery<T>(req: Request, schema: z.ZodType<T>): T {
  return checked(req.query, schema);
}

/** @throws Refusal type_refused, parameter_invalid */
export function readBody<T>(req: Request, schema: z.ZodType<T>): T {
  if (!req.is("application/json")) throw new Refusal("type_refused", { hint: "send application/json" });
  return checked(req.body, schema);
}

function checked<T>(value: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const hint = result.error.issues.map((issue) => `${issue.path.join(".") || "request"}: ${issue.message}`).join("; ");
  throw new Refusal("parameter_invalid", { hint: hint.slice(0, 500) });
}

/** `203.0.113.7:50312`, `[2001:db8::7]:50312` or `[2001:db8::7]` (RFC 7239 §6). */
const withPort = /^(?:([0-9.]+):[0-9]{1,5}|\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?)$/;

/**
 * The IP address that a request comes from. Express reads it from X-Forwarded-For when the connection comes from a trusted
 * proxy (`listeners.console.trusted_proxies`), with or without its port; what is no address there does not count.
 */
export function clientAddress(req: Request): string {
  const { ip = "" } = req;
  const address = withPort.exec(ip)?.slice(1).find(Boolean) ?? ip;
  return isIP(address) === 0 ? (req.socket.remoteAddress ?? "") : address;
}

/** A page of this console, to go on with after signing in elsewhere; anything else leads to the first page. */
export const returnTo = z
  .string()
  .max(1000)
  .transform((path) => (/^\/(?![/\\])[\x21-\x7e]*$/.test(path) && !path.startsWith("/login") ? path : "/"));

/** SQLSTATE character_not_in_repertoire: a text of PostgreSQL has no U+0000. */
const unstorable = "22021";

/**
 * What is wrong with a request, where the failure says so by its `type` (https://github.com/expressjs/body-parser#errors), or by the code with
 * which the store refuses one of its texts.
 */
export function bodyRefusal(thrown: unknown): Refusal | null {
  if ((thrown as { readonly code?: unknown } | null)?.code === unstorable)
    return new Refusal("parameter_invalid", { hint: "a text has a U+0000", cause: thrown });
  const type = typeof thrown === "object" && thrown !== null && "type" in thrown ? thrown.type : null;
  if (type === "entity.too.large") return new Refusal("body_too_large");
  if (type === "entity.parse.failed") return new Refusal("json_invalid");
  if (type === "encoding.unsupported" || type === "charset.unsupported") return new Refusal("encoding_refused");
  if (type === "request.size.invalid" || type === "request.aborted") return new Refusal("body_incomplete");
  return null;
}
