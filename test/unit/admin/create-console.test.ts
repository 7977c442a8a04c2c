import { request as send } from "node:http";
import { codeOf, type ConsoleClient, login, signIn } from "../../support/console/client.ts";
import { sampleApproval } from "../../support/console/sample-approvals.ts";
import { type RunningConsole, startConsole } from "../../support/console/start-console.ts";

let running: RunningConsole;
beforeAll(async () => (running = await startConsole()));
afterAll(() => running.close());

const reads = [
  "/api/session",
  "/api/approvals",
  "/api/approvals/a_1",
  "/api/decisions",
  "/api/decisions/d_1",
  "/api/policy",
  "/api/health",
  "/api/events",
];

/** node:http, because fetch does not let a test choose Host. */
function statusWithHost(path: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    send(running.url + path, { headers: { Host: host } }, (res) => resolve(res.resume().statusCode))
      .on("error", reject)
      .end();
  });
}

describe("without a session", () => {
  test.each(reads)("%s answers 401", async (path) => {
    const answer = await fetch(running.url + path);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      401,
      "application/problem+json; charset=utf-8",
    ]);
  });

  test("the probes answer", async () => {
    const answers = await Promise.all(["/livez", "/readyz", "/metrics"].map((path) => fetch(running.url + path)));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
  });
});

describe("requests from elsewhere", () => {
  test.each([
    ["a foreign Origin", { Origin: "https://evil.example" }],
    ["another port's Origin", { Origin: "http://127.0.0.1:1" }],
    ["an opaque Origin", { Origin: "null" }],
    ["a cross-site fetch", { "Sec-Fetch-Site": "cross-site" }],
    ["a same-site fetch", { "Sec-Fetch-Site": "same-site" }],
  ])("are refused at sign-in: %s", async (_what, headers) => {
    expect(await codeOf(await login(running, running.user, running.password, headers))).toBe("csrf_refused");
  });

  test("are refused under a foreign host name (DNS rebinding), but probes answer", async () => {
    expect(await statusWithHost("/", "evil.example")).toBe(421);
    expect(await statusWithHost("/api/session", `127.0.0.1.evil.example:${new URL(running.url).port}`)).toBe(421);
    expect(await statusWithHost("/readyz", "10.0.0.7:9000")).toBe(200);
  });

  test("are refused with the cookie but without the token, and nothing changes", async () => {
    await running.service.add(sampleApproval({ id: "a_csrf", created: Date.now() }));
    const client = await signIn(running);
    const digest = (await running.service.get("a_csrf"))?.action_digest;
    for (const token of ["", "wrong", client.csrf.slice(0, -1)]) {
      const answer = await client.request("POST", "/api/approvals/a_csrf/vote", {
        body: { vote: "approve", action_digest: digest },
        headers: { "X-CSRF-Token": token },
      });
      expect(await codeOf(answer)).toBe("csrf_refused");
    }
    expect((await running.service.get("a_csrf"))?.votes).toEqual([]);
  });

  test("cannot change anything with a GET", async () => {
    await running.service.add(sampleApproval({ id: "a_get", created: Date.now() }));
    const client = await signIn(running);
    const digest = (await running.service.get("a_get"))?.action_digest ?? "";
    for (const path of [
      "/api/approvals/a_get/vote",
      `/api/approvals/a_get/vote?vote=approve&action_digest=${digest}`,
      "/api/logout",
    ]) {
      expect((await client.request("GET", path)).status).toBe(404);
    }
    expect((await running.service.get("a_get"))?.state).toBe("held");
    expect((await client.request("GET", "/api/session")).status).toBe(200);
  });
});

describe("headers", () => {
  test("forbid inline code, frames, sniffing, referrers and caching", async () => {
    const { headers } = await fetch(`${running.url}/api/session`);
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(headers.get("content-security-policy")).not.toMatch(/unsafe|\*|data:|blob:/);
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect([
      headers.get("x-content-type-options"),
      headers.get("referrer-policy"),
      headers.get("cache-control"),
      headers.get("x-powered-by"),
    ]).toEqual(["nosniff", "no-referrer", "no-store", null]);
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("pages that were never built", () => {
  test("are said to be missing, with the way to build them", async () => {
    const bare = await startConsole({ staticDir: "/nonexistent" });
    const answer = await fetch(bare.url);
    await bare.close();
    expect([answer.status, await codeOf(answer)]).toEqual([503, "console_missing"]);
  });
});

describe("bad input", () => {
  let client: ConsoleClient;
  beforeAll(async () => (client = await signIn(running)));

  test.each([
    ["/api/approvals?state=pending", "state"],
    ["/api/approvals?limit=0", "limit: must be a whole number from 1 to 200"],
    ["/api/approvals?limit=1e2", "limit"],
    ["/api/approvals?limit=5&limit=6", "limit"],
    ["/api/decisions?effect=maybe", "effect"],
    ["/api/decisions?tool=", "tool: must not be empty"],
    ["/api/decisions?efect=deny", "efect"],
  ])("%s answers 400 and names the parameter", async (path, named) => {
    const answer = await client.request("GET", path);
    const problem = (await answer.json()) as { code: string; detail: string };
    expect([answer.status, problem.code]).toEqual([400, "parameter_invalid"]);
    expect(problem.detail).toContain(named);
  });

  test("shows a browser at an unknown address the console, and tells a program that nothing is there", async () => {
    const page = await client.request("GET", "/nowhere", { headers: { accept: "text/html,*/*;q=0.8" } });
    expect([page.status, page.headers.get("content-type")]).toEqual([404, expect.stringMatching(/^text\/html/)]);
    const asked = [
      ["/nowhere", "*/*"],
      ["/nowhere", "application/json"],
      ["/api/nowhere", "text/html"],
    ] as const;
    for (const [path, accept] of asked) {
      const answer = await client.request("GET", path, { headers: { accept } });
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: "resource_unknown" }]);
    }
  });

  test.each(["/api/approvals/none", "/api/decisions/none", "/api/nothing", "/api/approvals/%00"])(
    "%s answers 404",
    async (path) => {
      expect((await client.request("GET", path)).status).toBe(404);
    },
  );

  test("refuses bodies that are too large, not JSON, or of another type", async () => {
    const send = (body: string, type = "application/json") =>
      fetch(`${running.url}/api/login`, { method: "POST", headers: { "Content-Type": type }, body });
    const answers = await Promise.all([
      send(JSON.stringify({ user: "x".repeat(40_000) })),
      send("{"),
      send("user=a", "application/x-www-form-urlencoded"),
      send('{"__proto__":{"user":"a"}}'),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([413, 400, 415, 400]);
  });
});
