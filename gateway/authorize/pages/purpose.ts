import type { AuthorizedRoute } from "../deps.ts";
import { html, type Html } from "./html.ts";

/** What a program that a person signs in for may then do, in words for that person. */
export interface Purpose {
  /** After "A program that calls itself X". */
  readonly asks: Html;
  readonly may: readonly [label: string, what: Html];
}

/** At the gateway's own endpoint the hooks of clients ask (`sallyport hook`); its name says nothing to people. */
export function purposeOf({ isOwn, server, resource }: AuthorizedRoute): Purpose {
  if (isOwn !== true) {
    return {
      asks: html`asks to call <strong>${server}</strong> for you`,
      may: ["It may call", html`<strong>${server}</strong> at <code>${resource}</code>`],
    };
  }
  const local = "run a command, read or write a file, or fetch a page on your computer";
  return {
    asks: html`wants to ask this gateway whether your agent may ${local}`,
    may: ["It may ask", html`whether your agent may ${local}; it can call no tool with this`],
  };
}
