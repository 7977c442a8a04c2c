import { codeOf, type ConsoleClient, signIn } from "../../../support/console/client.ts";
import { sampleApproval } from "../../../support/console/sample-approvals.ts";
import { type RunningConsole, startConsole } from "../../../support/console/start-console.ts";
import { inProcess } from "../../cli/run.ts";

let running: RunningConsole;
let client: ConsoleClient;
beforeAll(async () => {
  running = await startConsole();
  client = await signIn(running);
});
afterAll(() => running.close());

/** A message of `a_<name>` to a channel, given up. */
async function bury(name: string): Promise<string> {
  const now = Date.now();
  const id = `a_${name}.ops`;
  await running.service.add(sampleApproval({ id: `a_${name}`, created: now }));
  await running.outbox.add([{ id, approvalId: `a_${name}`, channel: "ops", escalated: false, created: now, due: now }]);
  for (const letter of await running.outbox.take("ops", now, now + 1_000, 10, "n_1")) {
    if (letter.id === id) await running.outbox.deadLetter(id, "n_1", { error: "answered 500", at: now });
    else await running.outbox.release(letter.id, "n_1");
  }
  return id;
}

describe("dead letters", () => {
  test("are listed with their last error, and tried again when somebody says so", async () => {
    const id = await bury("dead");
    const { items } = (await (await client.request("GET", "/api/channels/dead-letters")).json()) as {
      items: unknown[];
    };
    expect(items).toMatchObject([
      { id, approval_id: "a_dead", channel: "ops", kind: null, attempts: 1, error: "answered 500", told: false },
    ]);
    const path = `/api/channels/dead-letters/${id}/retry`;
    expect((await client.request("POST", path, { body: {} })).status).toBe(202);
    expect(await running.outbox.get(id)).toMatchObject({ state: "waiting", attempts: 0 });
    expect(await codeOf(await client.request("POST", path, { body: {} }))).toBe("letter_unknown");
  });

  test("are shown to nobody without a session, and retried by no GET and without the token", async () => {
    const id = await bury("shut");
    const path = `/api/channels/dead-letters/${id}/retry`;
    expect((await fetch(`${running.url}/api/channels/dead-letters`)).status).toBe(401);
    expect((await fetch(`${running.url}${path}`, { method: "POST", body: "{}" })).status).toBe(401);
    expect((await client.request("GET", path)).status).toBe(404);
    const forged = await client.request("POST", path, { body: {}, headers: { "x-csrf-token": "forged" } });
    expect(await codeOf(forged)).toBe("csrf_refused");
    expect(await running.outbox.get(id)).toMatchObject({ state: "dead" });
  });

  test("are listed and retried on the command line", async () => {
    const id = await bury("cli");
    const password = ["--console", running.url, "--user", running.user];
    process.env["SALLYPORT_PASSWORD"] = running.password;
    try {
      const listed = await inProcess(["channels", "dead", ...password]);
      expect(listed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^a_cli\.ops +1 .* answered 500$/m) });
      const done = await inProcess(["channels", "retry", id, ...password, "--json"]);
      expect(done).toMatchObject({ code: 0, stdout: `${JSON.stringify({ id, state: "waiting" })}\n` });
      expect(await inProcess(["channels", "retry", id, ...password])).toMatchObject({ code: 1 });
    } finally {
      delete process.env["SALLYPORT_PASSWORD"];
    }
  });
});

test("following a message's link changes nothing, signed in or not, however it is fetched", async () => {
  await running.service.add(sampleApproval({ id: "a_link", created: Date.now() }));
  const before = await running.service.get("a_link");
  const link = `${running.url}/approvals/a_link`;
  const signedIn = { cookie: client.cookie };
  for (const method of ["GET", "HEAD"]) {
    for (const headers of [{}, signedIn, { ...signedIn, purpose: "prefetch", "sec-purpose": "prefetch;prerender" }]) {
      for (const query of ["", "?vote=approve", "?action=approve&reason=x"]) {
        const answer = await fetch(link + query, { method, headers, redirect: "manual" });
        expect(answer.status).toBe(200);
        expect(answer.headers.getSetCookie()).toEqual([]);
        await answer.arrayBuffer();
      }
    }
  }
  expect(await running.service.get("a_link")).toEqual(before);
});
