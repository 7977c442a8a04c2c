import type { CredentialValidity } from "../../../gateway/domain/ports.ts";
import type { EndedBy } from "../../../gateway/domain/revocation.ts";
import { CallsUnderWay } from "../../../gateway/endings/calls-under-way.ts";
import { credentialSweep } from "../../../gateway/endings/credential-sweep.ts";
import { subject, TestClock } from "../../support/builders.ts";
import { revocable } from "../../support/endings.ts";
import { quiet } from "../../support/quiet.ts";

const expired: EndedBy = { kind: "token", id: null, reason: "expired" };

function world() {
  const clock = new TestClock();
  const underWay = new CallsUnderWay(clock);
  const cuts: string[] = [];
  const validity: CredentialValidity = { endedBy: ({ expiresAt }, now) => (now >= expiresAt * 1_000 ? expired : null) };
  const enter = (name: string, expiresAt: number): void => {
    underWay.enter({
      what: revocable(),
      subject: subject({ id: name, expiresAt }),
      since: clock.at,
      isStream: true,
      stopListening: () => undefined,
      cut: ({ kind, reason }) => void cuts.push(`${name}: ${kind} ${reason}`),
    });
  };
  return { clock, cuts, enter, underWay, sweep: credentialSweep({ underWay, validity, clock, logger: quiet }) };
}

test("cuts what outlives the credential it stands on, once, and leaves the rest", async () => {
  const { clock, cuts, enter, sweep, underWay } = world();
  const soon = clock.at / 1_000 + 2;
  enter("short", soon);
  enter("long", soon + 60);
  await sweep();
  expect(cuts).toEqual([]);
  clock.advance(2_000);
  await sweep();
  await sweep();
  expect([cuts, underWay.size]).toEqual([["short: token expired"], 1]);
});

test("of the same caller, a call under a new credential goes on and may begin", async () => {
  const { clock, cuts, enter, sweep, underWay } = world();
  enter("bot", clock.at / 1_000);
  await sweep();
  enter("bot", clock.at / 1_000 + 60);
  await sweep();
  expect([cuts, underWay.size]).toEqual([["bot: token expired"], 1]);
});
