import type { Passkeys } from "../../../../gateway/admin/passkeys/passkeys.ts";
import { passkeyRoutes } from "../../../../gateway/admin/routes/passkeys.ts";
import { passkeysPurpose, type StepUp, votePurpose } from "../../../../gateway/admin/sessions.ts";
import type { Passkey } from "../../../../gateway/domain/ports.ts";
import { TestClock } from "../../../support/builders.ts";
import { type MountedRoutes, mountRoutes, testSession } from "../../../support/console/mount-routes.ts";
import { softwareAuthenticator } from "../../../support/console/software-authenticator.ts";

const device = softwareAuthenticator("https://gate.example");
const key = device.passkey("alice", { label: "phone", used_at: 7 });

const closing: MountedRoutes[] = [];
afterEach(() => Promise.all(closing.splice(0).map((routes) => routes.close())));

/** `purposes`: of the proofs that the person has given again. */
async function world(...purposes: string[]) {
  const calls: string[] = [];
  const keys = {
    list: async () => [key],
    registrationOptions: async () => ({ challenge: "bg" }),
    async register(_owner: unknown, label: string): Promise<Passkey> {
      calls.push(`register ${label}`);
      return { ...key, label };
    },
    remove: async (_owner: unknown, id: string) => void calls.push(`remove ${id}`),
  } as unknown as Passkeys;
  const stepUps = purposes.map((purpose): StepUp => ({ purpose, until: Infinity, evidence: {} }));
  const party = { id: "gate.example", origins: ["https://gate.example"] };
  const routes = await mountRoutes(testSession({ stepUps }), (app) =>
    passkeyRoutes(app, { clock: new TestClock() }, keys, party),
  );
  closing.push(routes);
  return { calls, routes };
}

test("lists passkeys without what is in them", async () => {
  const { routes } = await world();
  const { body } = await routes.send("GET", "/api/passkeys");
  expect(body).toMatchObject({
    items: [{ id: key.id, label: "phone", synced: false, created_at: 0, used_at: 7 }],
    origins: ["https://gate.example"],
  });
  expect(JSON.stringify(body)).not.toContain(key.publicKey);
});

test("adds one only for who has proved who they are, for this and nothing else", async () => {
  const added = { label: " laptop ", answer: device.register("bg") };
  for (const purposes of [[], [votePurpose("sha256:1")]]) {
    const { calls, routes } = await world(...purposes);
    for (const [path, body] of Object.entries({ "/api/passkeys/options": {}, "/api/passkeys": added }))
      expect((await routes.send("POST", path, body)).body).toEqual({ code: "step_up_required" });
    expect(calls).toEqual([]);
  }
  const { calls, routes } = await world(passkeysPurpose);
  expect((await routes.send("POST", "/api/passkeys/options", {})).body).toEqual({ challenge: "bg" });
  expect(await routes.send("POST", "/api/passkeys", added)).toMatchObject({ status: 201, body: { label: "laptop" } });
  expect(calls).toEqual(["register laptop"]);
});

test("removes one without a proof, since it takes a way to vote away and gives none", async () => {
  const { calls, routes } = await world();
  expect((await routes.send("POST", "/api/passkeys/k1/remove", {})).status).toBe(204);
  expect(calls).toEqual(["remove k1"]);
});
