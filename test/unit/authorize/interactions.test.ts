import { formProof, Interactions, isProof } from "../../../gateway/authorize/interactions.ts";
import type { AuthorizationRequest } from "../../../gateway/authorize/authorization-request.ts";
import { TestClock, testIds } from "../../support/builders.ts";

const request = {} as AuthorizationRequest;
const person = { subject: "alice", name: "alice", account: null, by: "local", roles: ["support"] };

function begun() {
  const clock = new TestClock();
  const all = new Interactions(clock, testIds());
  return { clock, all, one: all.begin(request, "secret", "a") };
}

test("belong to the browser that brought them", () => {
  const { all, one } = begun();
  expect(all.find(one.id, "secret")).toMatchObject({ id: one.id, person: null });
  for (const secret of ["another", "", null]) expect(all.find(one.id, secret)).toBeNull();
  expect(all.find("n_other", "secret")).toBeNull();
});

test("are found by the state of a sign-in at a provider once, in the same browser", () => {
  const { all, one } = begun();
  all.sentToProvider(one, { state: "st", secret: "trip" }, "a");
  expect(all.findTrip("other", "secret")).toBeNull();
  expect(all.findTrip("st", "secret")?.trip).toEqual({ state: "st", secret: "trip" });
  expect(all.findTrip("st", "secret")).toBeNull();
  all.sentToProvider(one, { state: "st2", secret: "trip" }, "a");
  expect(all.findTrip("st2", "another")).toBeNull();
});

test("know who has signed in, and are answered once", () => {
  const { all, one } = begun();
  all.signedIn(one, person, "a");
  expect(all.find(one.id, "secret")).toMatchObject({ person, trip: null });
  expect(all.take(one)).not.toBeNull();
  expect(all.take(one)).toBeNull();
});

test("are over after ten minutes, which signing in begins anew", () => {
  const { clock, all, one } = begun();
  clock.advance(599_000);
  all.signedIn(one, person, "a");
  clock.advance(599_000);
  expect(all.find(one.id, "secret")).not.toBeNull();
  clock.advance(2_000);
  expect(all.find(one.id, "secret")).toBeNull();
});

test("have forms of their own, which no other browser or request can make", () => {
  const { all, one } = begun();
  const other = all.begin(request, "secret", "a");
  const proof = formProof(one, "secret");
  expect(isProof(proof, one, "secret")).toBe(true);
  expect([isProof(proof, other, "secret"), isProof(proof, one, "x"), isProof(undefined, one, "secret")]).toEqual([
    ...[false, false, false],
  ]);
});
