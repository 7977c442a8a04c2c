import { transportSessionHeader } from "../../domain/tool-call.ts";

/** Headers about an answer's body, which no longer hold once it is written anew. Lower-case names. */
export const bodyHeaders: ReadonlySet<string> = new Set([
  "content-length",
  "etag",
  "content-md5",
  "digest",
  "content-digest",
  "repr-digest",
  "last-modified",
  "accept-ranges",
]);

/**
 * Headers of an MCP server's answer that are left out: where its message is written anew, where it has no body for the caller, and where it
 * is as it was. The caller knows the session by another id.
 */
export const messageHeaders = {
  rewritten: new Set([...bodyHeaders, transportSessionHeader]),
  withoutBody: new Set([...bodyHeaders, transportSessionHeader, "content-type"]),
  unchanged: new Set(["content-length", transportSessionHeader]),
};
