import { createSecretKey } from "node:crypto";

import type { NumberValue, Value } from "../../value.ts";
import { type RegoObject, bytesOf, compareNumbers, isNumber, makeNumber, numberText } from "../../value.ts";
import { formatFloat } from "../go/float-text.ts";
import { isArray } from "../operands.ts";
import type { BuiltinContext } from "../types.ts";
import { BuiltinError } from "../types.ts";
import type { VerificationKey } from "./keys.ts";
import { verificationKeys } from "./keys.ts";

/** What io.jwt.decode_verify asks of a token. Empty texts ask nothing. */
interface Constraints {
  readonly keys: readonly VerificationKey[];
  readonly alg: string;
  readonly iss: string;
  readonly aud: string;
  /** Nanoseconds since 1970, as a double. */
  readonly time: number;
}

const TEXTS = ["secret", "alg", "iss", "aud", "cert"] as const;

/** @throws BuiltinError for an unknown constraint, and unless there is exactly one source of keys */
export function readConstraints(context: BuiltinContext, object: RegoObject): Constraints {
  const texts: Record<(typeof TEXTS)[number], string | undefined> = {
    secret: undefined,
    alg: undefined,
    iss: undefined,
    aud: undefined,
    cert: undefined,
  };
  let time = Number(context.nowNs);
  for (const [name, value] of object.entries()) {
    if (name === "time") time = timeOf(value);
    else if (TEXTS.includes(name as "alg")) texts[name as "alg"] = textOf(name as string, value);
    else throw new BuiltinError(`unknown token validation constraint: ${String(name)}`);
  }
  const { secret = "", cert, alg = "", iss = "", aud = "" } = texts;
  if (secret !== "" && cert !== undefined) throw new BuiltinError("duplicate key constraints");
  if (secret === "" && cert === undefined) throw new BuiltinError("no key constraint");
  const keys = cert === undefined ? [secretKey(secret)] : verificationKeys(context, cert);
  return { keys, alg, iss, aud, time };
}

function secretKey(secret: string): VerificationKey {
  return { alg: "", kid: "", key: createSecretKey(bytesOf(secret)) };
}

function textOf(name: string, value: Value): string {
  if (typeof value !== "string") throw new BuiltinError(`${name} constraint: must be a string`);
  return value;
}

function timeOf(value: Value): number {
  const time = isNumber(value) ? Number(numberText(value)) : NaN;
  if (!(time >= 0 && Number.isFinite(time))) throw new BuiltinError("token time constraint: must be a number ≥ 0");
  return time;
}

/** Issuer, audience and validity period of a payload whose signature has been verified. */
export function claimsHold(constraints: Constraints, payload: RegoObject): boolean {
  const iss = payload.get("iss");
  if (constraints.iss !== "") {
    if (iss !== undefined && typeof iss !== "string") throw new BuiltinError("iss value must be a string");
    if (iss !== constraints.iss) return false;
  }
  const aud = payload.get("aud");
  if (aud === undefined ? constraints.aud !== "" : !audienceHolds(constraints.aud, aud)) return false;
  const now = makeNumber(formatFloat(constraints.time / 1e9, "g", -1));
  const exp = timeClaim(payload, "exp");
  if (exp !== undefined && compareNumbers(now, exp) >= 0) return false;
  const nbf = timeClaim(payload, "nbf");
  return nbf === undefined || compareNumbers(now, nbf) >= 0;
}

function audienceHolds(wanted: string, aud: Value): boolean {
  return isArray(aud) ? aud.includes(wanted) : aud === wanted;
}

function timeClaim(payload: RegoObject, name: string): NumberValue | undefined {
  const value = payload.get(name);
  if (value === undefined || isNumber(value)) return value;
  throw new BuiltinError(`${name} value must be a number`);
}
