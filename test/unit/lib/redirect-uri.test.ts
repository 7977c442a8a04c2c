import { isLoopbackRedirect, redirectMatches, redirectProblem } from "../../../gateway/lib/redirect-uri.ts";

test.each([
  "https://claude.ai/api/mcp/auth_callback",
  "https://vscode.dev/redirect",
  "http://127.0.0.1:33418",
  "http://localhost:7777/oauth/callback",
  "http://[::1]/callback",
  "cursor://anysphere.cursor-retrieval/oauth/user-x/callback",
  "com.example.app:/callback",
])("takes %s", (uri) => {
  expect(redirectProblem(uri)).toBeNull();
});

test.each([
  "javascript:alert(1)",
  "data:text/html,x",
  "vbscript:x",
  "file:///etc/passwd",
  "http://app.example/callback",
  "http://127.0.0.1.evil.example/callback",
  "https://app.example/#fragment",
  "https://user@app.example/",
  "https://*.example/callback",
  "https:app.example",
  "https:/app.example",
  "http:\\\\127.0.0.1\\",
  "https://app.example\\@evil.example/",
  "https://app.example;script-src/",
  "https://app.example,x/",
  "ms-msdt:/id",
  "search-ms:query=x",
  "chrome://settings",
  "/callback",
  "",
  "https://app.example/ with-space",
  `https://app.example/${"x".repeat(2_000)}`,
])("refuses %s", (uri) => {
  expect(redirectProblem(uri)).not.toBeNull();
});

test("compares letter by letter, but for the port of loopback", () => {
  expect(redirectMatches("http://127.0.0.1/callback", "http://127.0.0.1:5/callback")).toBe(true);
  expect(redirectMatches("http://[::1]:9/c?x=1", "http://[::1]:5/c?x=1")).toBe(true);
  for (const asked of [
    ...["http://127.0.0.1:5/callback/", "http://127.0.0.1:5/callback?x", "http://localhost:5/callback"],
    ...["http://127.0.0.1:5/x/../callback", "http://127.1/callback", "https://127.0.0.1/callback"],
  ])
    expect(redirectMatches("http://127.0.0.1/callback", asked)).toBe(false);
  expect(redirectMatches("https://app.example/callback", "https://app.example:443/callback")).toBe(false);
  expect(isLoopbackRedirect("not a url")).toBe(false);
});
