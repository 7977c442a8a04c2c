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
