import { passkeyProblem } from "../../../../gateway/approvals/vote-checks.ts";
import { clientWith, codeOf, type ConsoleClient, cookiesOf, signIn } from "../../../support/console/client.ts";
import { sampleApproval } from "../../../support/console/sample-approvals.ts";
import { type Signing, softwareAuthenticator } from "../../../support/console/software-authenticator.ts";
import { type RunningConsole, startConsole } from "../../../support/console/start-console.ts";

let running: RunningConsole;
let client: ConsoleClient;
let device: ReturnType<typeof softwareAuthenticator>;
let count = 0;

beforeAll(async () => {
  running = await startConsole();
  client = await signIn(running);
  device = softwareAuthenticator(running.url.replace("127.0.0.1", "localhost"));
});
afterAll(() => running.close());
beforeEach(async () => void (await running.passkeys.add(device.passkey(running.account), 1)));
afterEach(async () => void (await running.passkeys.remove(running.account, device.passkey("").id)));

async function held() {
  const id = `a_key_${++count}`;
  await running.service.add(sampleApproval({ id, created: Date.now(), requirement: { proof: "passkey" } }));
  return { id, action_digest: (await running.service.get(id))?.action_digest ?? "" };
}

type Item = Awaited<ReturnType<typeof held>>;
const approve = { vote: "approve" };

async function challengeFor(item: Item, ballot: object = approve): Promise<string> {
  const body = { ...ballot, action_digest: item.action_digest };
  const answer = await client.request("POST", `/api/approvals/${item.id}/passkey`, { body });
  return ((await answer.json()) as { challenge: string }).challenge;
}

function vote(item: Item, passkey: object, ballot: object = approve, by = client): Promise<Response> {
  const body = { ...ballot, action_digest: item.action_digest, passkey };
  return by.request("POST", `/api/approvals/${item.id}/vote`, { body });
}

describe("a vote signed by a passkey", () => {
  test("counts where policy asks for one, and carries all that verifies it", async () => {
    const item = await held();
    expect((await vote(item, device.sign(await challengeFor(item)))).status).toBe(200);
    const [kept] = (await running.service.get(item.id))?.votes ?? [];
    expect(kept).toMatchObject({ method: "passkey", evidence: { by: "webauthn", public_key: { kty: "EC" } } });
    const about = { approval: item.id, actionDigest: item.action_digest, vote: "approve", grant: null } as const;
    expect(passkeyProblem(about, kept?.evidence ?? null)).toBeNull();
  });

  test.each<[string, Signing]>([
    ["another site's origin", { origin: "https://evil.example" }],
    ["another host", { rpId: "evil.example" }],
    ["nobody verified at the device", { flags: 0x01 }],
    ["nobody present", { flags: 0x04 }],
    ["a registration instead of an assertion", { type: "webauthn.create" }],
    ["a frame of another site", { crossOrigin: true }],
    ["a spoilt signature", { spoilt: true }],
  ])("is refused with %s", async (_what, how) => {
    const item = await held();
    expect(await codeOf(await vote(item, device.sign(await challengeFor(item), how)))).toBe("passkey_refused");
    expect((await running.service.get(item.id))?.votes).toEqual([]);
  });

  test("is refused for another call, and then for its own too", async () => {
    const [item, other] = [await held(), await held()];
    const signed = device.sign(await challengeFor(item));
    expect(await codeOf(await vote(other, signed))).toBe("passkey_refused");
    expect(await codeOf(await vote(item, signed))).toBe("passkey_refused");
  });

  test("is refused for the other decision", async () => {
    const item = await held();
    const signed = device.sign(await challengeFor(item, { vote: "deny" }));
    expect(await codeOf(await vote(item, signed))).toBe("passkey_refused");
    const again = device.sign(await challengeFor(item));
    expect(await codeOf(await vote(item, again, { vote: "deny", reason: "no" }))).toBe("passkey_refused");
  });

  test("is refused for a wider permission than was signed", async () => {
    const item = await held();
    const grant = { kind: "uses", uses: 2, seconds: 60, same: "arguments" };
    const signed = device.sign(await challengeFor(item));
    expect(await codeOf(await vote(item, signed, { ...approve, grant }))).toBe("passkey_refused");
  });

  test("is refused with a challenge of its own making, and after three minutes", async () => {
    const item = await held();
    expect(await codeOf(await vote(item, device.sign("bWFkZSB1cA")))).toBe("passkey_refused");
    const late = device.sign(await challengeFor(item));
    running.skip(3 * 60_000);
    expect(await codeOf(await vote(item, late))).toBe("passkey_refused");
  });

  test("is refused when the counter does not grow, as with a copied key", async () => {
    const [first, second] = [await held(), await held()];
    expect((await vote(first, device.sign(await challengeFor(first), { counter: 7 }))).status).toBe(200);
    for (const counter of [7, 3, 0])
      expect(await codeOf(await vote(second, device.sign(await challengeFor(second), { counter })))).toBe(
        "passkey_refused",
      );
    expect((await vote(second, device.sign(await challengeFor(second), { counter: 8 }))).status).toBe(200);
  });

  test("is refused from a key that is not this person's, or is no longer", async () => {
    const item = await held();
    const other = softwareAuthenticator(running.url.replace("127.0.0.1", "localhost"), "b3RoZXI");
    expect(await codeOf(await vote(item, other.sign(await challengeFor(item))))).toBe("passkey_refused");
    const challenge = await challengeFor(item);
    await running.passkeys.remove(running.account, device.passkey("").id);
    expect(await codeOf(await vote(item, device.sign(challenge)))).toBe("passkey_refused");
  });

  test("takes more than a session where policy asks for a passkey", async () => {
    const item = await held();
    const body = { ...approve, action_digest: item.action_digest };
    const answer = await client.request("POST", `/api/approvals/${item.id}/vote`, { body });
    expect([answer.status, await answer.json()]).toMatchObject([403, { code: "approval_step_up", detail: "passkey" }]);
  });
});

describe("adding a passkey", () => {
  test("takes a fresh proof of who adds it, for that and not for a vote", async () => {
    expect(await codeOf(await client.request("POST", "/api/passkeys/options", { body: {} }))).toBe("step_up_required");
    const own = await signIn(running);
    const answer = await own.request("POST", "/api/step-up", {
      body: { for: { kind: "vote", action_digest: "sha256:1" }, password: running.password },
    });
    const proven = clientWith(running.url, own.csrf, cookiesOf(answer));
    expect(await codeOf(await proven.request("POST", "/api/passkeys/options", { body: {} }))).toBe("step_up_required");
  });

  test("asks for a key that verifies who uses it, leaving out those that are known", async () => {
    const own = await signIn(running);
    const answer = await own.request("POST", "/api/step-up", {
      body: { for: { kind: "passkeys" }, password: running.password },
    });
    const proven = clientWith(running.url, own.csrf, cookiesOf(answer));
    const options: unknown = await (await proven.request("POST", "/api/passkeys/options", { body: {} })).json();
    expect(options).toMatchObject({
      rp: { id: "localhost" },
      attestation: "none",
      authenticatorSelection: { userVerification: "required" },
      excludeCredentials: [{ id: device.passkey("").id }],
    });
    running.skip(60_000);
    expect(await codeOf(await proven.request("POST", "/api/passkeys/options", { body: {} }))).toBe("step_up_required");
  });

  test("is no business of others: nobody removes somebody else's", async () => {
    const id = device.passkey("").id;
    expect(await codeOf(await client.request("POST", "/api/passkeys/unknown/remove", { body: {} }))).toBe(
      "passkey_unknown",
    );
    expect((await client.request("POST", `/api/passkeys/${id}/remove`, { body: {} })).status).toBe(204);
    expect(await running.passkeys.of(running.account)).toEqual([]);
  });
});
