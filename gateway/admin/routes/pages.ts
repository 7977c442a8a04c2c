import { existsSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import express, { type Express } from "express";
import { Refusal } from "../../domain/errors.ts";
import { callbackPath } from "../oidc/provider-login.ts";

/** Addresses that the page resolves itself; the id comes from the address bar. */
const pages = [
  ...[
    "/",
    "/approvals",
    "/approvals/:id",
    "/grants",
    "/access",
    "/fatigue",
    "/channels",
    "/tools",
    "/decisions",
    "/decisions/:id",
  ],
  ...["/account", callbackPath],
];

export function pageRoutes(app: Express, staticDir: string): void {
  const index = join(staticDir, "index.html");
  // Built files carry their content's hash in the name, so they never change under it.
  app.use(
    "/assets",
    express.static(join(staticDir, "assets"), { index: false, redirect: false, setHeaders: keepForever }),
  );
  app.get(pages, function showPage(_req, res) {
    if (!existsSync(index)) throw new Refusal("console_missing", { hint: "build them with: npx vite build console" });
    res.sendFile("index.html", { root: staticDir, cacheControl: false });
  });
  app.use(express.static(staticDir, { index: false, cacheControl: false, redirect: false }));
}

/** A browser at an address that names nothing gets the console, which says so, and not JSON; programs get the refusal. */
export function notFoundPage(app: Express, staticDir: string): void {
  app.get("/{*path}", function showNotFound(req, res, next) {
    if (req.path.startsWith("/api") || req.accepts(["json", "html"]) !== "html") next();
    else res.status(404).sendFile("index.html", { root: staticDir, cacheControl: false });
  });
}

function keepForever(res: ServerResponse): void {
  res.setHeader("Cache-Control", "public, max-age=31536000, immutable");
}
