import { z } from "zod";

/** A page of this console, to go on with after signing in elsewhere; anything else leads to the first page. */
export const returnTo = z
  .string()
  .max(1000)
  .transform((path) => (/^\/(?![/\\])[\x21-\x7e]*$/.test(path) && !path.startsWith("/login") ? path : "/"));
