import type { Writable } from "node:stream";
import { inspect } from "node:util";
import winston from "winston";
import type { Logger } from "../domain/ports.ts";
import { isSecretName } from "../lib/secret-names.ts";

export interface LoggerOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  /** auto: pretty when the stream is a terminal, else JSON lines. */
  readonly format: "auto" | "json" | "pretty";
  readonly color?: boolean;
  /** Put on every line, such as the instance. */
  readonly labels?: Record<string, unknown>;
  /** Default: stderr, so that stdout stays free for results. */
  readonly stream?: Writable & { readonly isTTY?: boolean };
}

/**
 * The operations log. It may lose lines when the process dies and carries no audit duty: decisions go
 * through the decision log, never only through here.
 */
export function createLogger(options: LoggerOptions): Logger {
  const stream = options.stream ?? process.stderr;
  const pretty = options.format === "pretty" || (options.format === "auto" && stream.isTTY === true);
  const logger = winston.createLogger({
    level: options.level,
    defaultMeta: options.labels ?? {},
    format: pretty ? prettyFormat(options.color ?? false) : jsonFormat(),
    transports: [new winston.transports.Stream({ stream })],
    exitOnError: false,
  });
  const write =
    (level: LoggerOptions["level"]) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      logger.log(level, message, { fields: plain(fields) });
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

function jsonFormat(): winston.Logform.Format {
  const { combine, timestamp, json } = winston.format;
  // Fields cannot take the place of the line's own: `level` or `message` in them would rewrite the line.
  return combine(
    timestamp(),
    winston.format(({ fields, ...line }) => ({ ...(fields as object), ...line }))(),
    json({ deterministic: false }),
  );
}

function prettyFormat(color: boolean): winston.Logform.Format {
  const { combine, timestamp, printf, colorize } = winston.format;
  const line = printf(({ timestamp: time, level, message, fields }) => {
    const pairs = Object.entries((fields ?? {}) as Record<string, unknown>).map(
      ([key, value]) => `${key}=${shown(value)}`,
    );
    return [time, level, oneLine(String(message)), ...pairs].join(" ");
  });
  return combine(timestamp({ format: "HH:mm:ss" }), ...(color ? [colorize({ level: true })] : []), line);
}

function shown(value: unknown): string {
  if (typeof value === "string") return /^[\x21-\x7e]+$/.test(value) ? value : JSON.stringify(value);
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, compact: true });
}

/** A caller's text must not be able to draw a second line into a terminal. */
function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, (character) => JSON.stringify(character).slice(1, -1));
}

/** Errors as readable values, bigints as text, and no credential by accident. */
function plain(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      if (isSecretName(key)) return [key, "[removed]"];
      if (value instanceof Error) return [key, { name: value.name, message: value.message, stack: value.stack }];
      return [key, typeof value === "bigint" ? value.toString() : value];
    }),
  );
}
