import { posix } from "node:path";
import { Router } from "express";

/**
 * How tool servers get from the target in a request line to the path that they act on, decoded. Null when a server of
 * the kind refuses the request, which leaves nothing to act on.
 */
export type Interpreter = (target: string) => string | null;

export const interpreters: Readonly<Record<string, Interpreter>> = {
  express: byExpress,
  whatwg: byWhatwg,
  "posix-normalise": (target) => onDecoded(target, posix.normalize),
  "go-path-clean": (target) => onDecoded(target, goCleanPath),
  "path-parameters": (target) => onDecoded(target.replace(/;[^/]*/g, ""), (path) => path.replace(/;[^/]*/g, "")),
  "decode-twice": (target) => onDecoded(target, (path) => decoded(path) ?? path),
};

const router = Router();
let seen: string | null = null;
router.get("/{*rest}", (req) => {
  const rest = req.params["rest"] as unknown as readonly string[] | undefined;
  seen = `/${(rest ?? []).join("/")}`;
});

/** The real router: its own splitting and decoding of a wildcard. */
function byExpress(target: string): string | null {
  seen = null;
  const ignored = (): void => undefined;
  router({ method: "GET", url: target, originalUrl: target } as never, {} as never, ignored);
  return seen;
}

/** `new URL(req.url, base)`, as most Node servers without a framework do. */
function byWhatwg(target: string): string | null {
  const base = "http://upstream.example";
  if (!URL.canParse(target, base)) return null;
  const url = new URL(target, base);
  return url.origin === base && url.search === "" && url.hash === "" ? decoded(url.pathname) : `elsewhere: ${url.href}`;
}

function onDecoded(target: string, then: (path: string) => string): string | null {
  const path = decoded(target);
  return path === null ? null : then(path);
}

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

/** Go's `path.Clean` (Rob Pike, "Lexical File Names in Plan 9") with the trailing slash put back, as net/http's mux does. */
function goCleanPath(path: string): string {
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") kept.pop();
    else kept.push(part);
  }
  const clean = `/${kept.join("/")}`;
  return path.endsWith("/") && clean !== "/" ? `${clean}/` : clean;
}
