import { finishAt, proveAt, signInAtProvider } from "../support/console/at-provider.ts";
import { clientWith, codeOf, cookiesOf, signIn } from "../support/console/client.ts";
import { startConsoleWithProvider, type WithProvider } from "../support/console/console-with-provider.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";

let running: WithProvider;
beforeAll(async () => (running = await startConsoleWithProvider()));
afterAll(() => running.close());

async function held(id: string, requirement = {}, actingFor = "carol@shop.example") {
  const binding = { acting_for: actingFor };
  await running.service.add(sampleApproval({ id, created: Date.now(), requirement, binding }));
  return { id, digest: (await running.service.get(id))?.action_digest ?? "" };
}

describe("proving again who one is, at the provider", () => {
  const proof = { proof: "reauthenticated" };

  test("lets the person vote where policy asks for it, once, for that call, and for a minute", async () => {
    const item = await held("a_fresh", proof);
    const other = await held("a_other", proof);
    const late = await held("a_late", proof);
    const client = await signInAtProvider(running.url, "alice");
    const vote = (which: typeof item, by = client) =>
      by.request("POST", `/api/approvals/${which.id}/vote`, { body: { vote: "approve", action_digest: which.digest } });
    expect(await codeOf(await vote(item))).toBe("approval_step_up");

    const trip = await proveAt(client, { kind: "vote", action_digest: item.digest });
    expect(Object.fromEntries(trip.location.searchParams)).toMatchObject({ prompt: "login", max_age: "0" });
    const answer = await finishAt(running.url, await trip.signInThere("alice"), `${trip.cookie}; ${client.cookie}`);
    const { csrf } = (await answer.json()) as { csrf: string };
    const proven = clientWith(running.url, csrf, cookiesOf(answer));
    expect((await client.request("GET", "/api/session")).status).toBe(401);

    expect(await codeOf(await vote(other, proven))).toBe("approval_step_up");
    expect((await vote(item, proven)).status).toBe(200);
    expect((await running.service.get(item.id))?.votes[0]).toMatchObject({
      method: "reauthenticated",
      evidence: { by: "oidc", issuer: running.provider.issuer, auth_time: expect.any(Number) as number },
    });

    const again = await proveAt(proven, { kind: "vote", action_digest: late.digest });
    const last = await finishAt(running.url, await again.signInThere("alice"), `${again.cookie}; ${proven.cookie}`);
    running.skip(60_000);
    const slow = clientWith(running.url, csrf, cookiesOf(last));
    expect(await codeOf(await vote(late, slow))).toBe("approval_step_up");
  });

  test("is refused when somebody else signed in there", async () => {
    const client = await signInAtProvider(running.url, "alice");
    const trip = await proveAt(client, { kind: "passkeys" });
    const answer = await finishAt(running.url, await trip.signInThere("bob"), `${trip.cookie}; ${client.cookie}`);
    expect(await codeOf(answer)).toBe("step_up_person");
  });

  test("is refused when the provider did not ask anew", async () => {
    const client = await signInAtProvider(running.url, "alice");
    const trip = await proveAt(client, { kind: "passkeys" });
    // As a provider that ignores both parameters does: it says nothing about when it asked.
    for (const name of ["prompt", "max_age"]) trip.location.searchParams.delete(name);
    const answer = await finishAt(running.url, await trip.signInThere("alice"), `${trip.cookie}; ${client.cookie}`);
    expect(await codeOf(answer)).toBe("step_up_stale");
  });

  test("is refused when the session that asked is over", async () => {
    const client = await signInAtProvider(running.url, "alice");
    const trip = await proveAt(client, { kind: "passkeys" });
    await client.request("POST", "/api/logout", {});
    const answer = await finishAt(running.url, await trip.signInThere("alice"), `${trip.cookie}; ${client.cookie}`);
    expect([await codeOf(answer), cookiesOf(answer)]).toEqual(["session_required", ""]);
  });

  test("is not for local users, who have a password", async () => {
    const local = await signIn(running);
    const answer = await local.request("POST", "/api/step-up/provider", {
      body: { for: { kind: "passkeys" }, return_to: "/account" },
    });
    expect(await codeOf(answer)).toBe("resource_unknown");
  });
});

describe("signing out", () => {
  test("offers to end the session at the provider too, where it announces how", async () => {
    const client = await signInAtProvider(running.url, "alice");
    const answer = await client.request("POST", "/api/logout", {});
    const { sign_out_at } = (await answer.json()) as { sign_out_at: string };
    const url = new URL(sign_out_at);
    expect([url.origin, url.searchParams.get("post_logout_redirect_uri")]).toEqual([
      running.provider.issuer,
      `${running.url}/`,
    ]);
    expect((await fetch(url)).status).toBe(200);
    expect((await client.request("GET", "/api/session")).status).toBe(401);
  });

  test("answers 204 for a local user", async () => {
    const local = await signIn(running);
    expect((await local.request("POST", "/api/logout", {})).status).toBe(204);
  });
});
