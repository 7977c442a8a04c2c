import type { Revocation } from "../../../gateway/domain/revocation.ts";
import { createAssertGrant } from "../../../gateway/identify/ended-grant.ts";
import { subject } from "../../support/builders.ts";

const issuer = "https://gw.example";
const caller = subject({ issuer, token: { digest: "d", jti: "j", issuedAt: 1 } });
const ended = (kind: Revocation["kind"]): Revocation => ({
  id: "k",
  kind,
  issuer: null,
  target: "d",
  reason: "given back",
  by: "desk",
  at: 1,
  until: null,
});

interface World {
  readonly against?: Revocation | null;
  readonly grantHasEnded?: boolean;
  readonly refresh?: () => Promise<void> | null;
}

function world({ against = null, grantHasEnded = true, refresh = () => null }: World) {
  const asked: string[] = [];
  const hasEnded = (digest: string) => {
    asked.push(digest);
    return Promise.resolve(grantHasEnded);
  };
  return {
    asked,
    assertGrant: createAssertGrant({ issuer, hasEnded, revocations: { against: () => against, refresh } }),
  };
}

test("refuses a token whose grant has ended, with a 401", async () => {
  const { assertGrant, asked } = world({ against: ended("token") });
  await expect(assertGrant(caller)).rejects.toMatchObject({ code: "token_ended", status: 401 });
  expect(asked).toEqual(["d"]);
});

test("refuses it also where another process has just ended the grant", async () => {
  let against: Revocation | null = null;
  const refresh = () => Promise.resolve().then(() => void (against = ended("token")));
  const hasEnded = () => Promise.resolve(true);
  const assertGrant = createAssertGrant({ issuer, hasEnded, revocations: { against: () => against, refresh } });
  await expect(assertGrant(caller)).rejects.toMatchObject({ code: "token_ended" });
});

test.each(["subject", "client", "gateway"] as const)("leaves to others what was ended by %s", (kind) => {
  expect(world({ against: ended(kind) }).assertGrant(caller)).toBeNull();
});

test("leaves to others a single token that was ended while its grant stands", async () => {
  await expect(world({ against: ended("token"), grantHasEnded: false }).assertGrant(caller)).resolves.toBeUndefined();
});

test("waits for nothing while nothing has ended, and asks about no token of another issuer", () => {
  const { assertGrant, asked } = world({});
  expect([assertGrant(caller), asked]).toEqual([null, []]);
  const foreign = world({ against: ended("token") });
  expect([foreign.assertGrant(subject({ issuer: "https://idp.example" })), foreign.asked]).toEqual([null, []]);
});
