import { Users } from "../../../gateway/credentials/users.ts";
import { revocableOf, revokes } from "../../../gateway/domain/revocation.ts";
import { subject } from "../../support/builders.ts";

const using = (jti: string, session = "s1") => {
  const token = { digest: `d-${jti}`, jti, issuedAt: 1_000 };
  return { ...revocableOf(subject({ token }), session), tool: "crm/a" };
};
const ended = (users: Users, kind: "token" | "session" | "tool", target: string): boolean =>
  users.some((what) => revokes({ kind, issuer: null, target }, what));

test("knows each token of its callers, by its jti and its digest, and what they call in which session", () => {
  const users = new Users();
  for (const one of [using("j1"), using("j2"), using("j2", "s2")]) expect(users.add(one)).toBe(true);
  for (const target of ["j1", "d-j1", "j2", "d-j2"]) expect(ended(users, "token", target)).toBe(true);
  expect(ended(users, "token", "j3")).toBe(false);
  expect([ended(users, "session", "s2"), ended(users, "tool", "crm/a"), ended(users, "tool", "crm/b")]).toEqual(
    [true, true, false], // prettier-ignore
  );
});

test("forgets none when there is no room, and says that it did not take another up", () => {
  const users = new Users();
  let taken = 0;
  while (users.add(using(`j${taken}`))) taken += 1;
  expect(taken).toBeGreaterThan(100);
  expect([ended(users, "token", "j0"), ended(users, "token", `j${taken}`)]).toEqual([true, false]);
  expect(users.add(using("j0"))).toBe(true);
});
