import { doneText, endedText, namedByText } from "../../../../console/src/text/endings.ts";
import { nothingEnded } from "../../../../gateway/domain/ended.ts";
import { revocation } from "../../../support/endings.ts";

test("says what an end has ended, and leaves out what it has not", () => {
  expect(endedText({ ...nothingEnded, calls: 2, streams: 1, sessions: 1 })).toBe(
    "2 calls under way, 1 open stream, of 1 session",
  );
  expect(endedText({ ...nothingEnded, held: 1, grants: 2, credentials: 1, sessions: 2 })).toBe(
    "1 held call, 2 grants, 1 credential, of 2 sessions",
  );
  expect(endedText(nothingEnded)).toBe("nothing that is open now");
});

const made = {
  ...revocation(),
  durable: true,
  matched: { ...nothingEnded, unanswered: 0 },
  named_by: [],
};

test("tells whoever ended access what is not certain yet", () => {
  expect(doneText(made)).toBe("Access has ended, from the next call on. Ended with it: nothing that is open now.");
  expect(doneText({ ...made, durable: false })).toContain("In this process only");
  expect(doneText({ ...made, matched: { ...nothingEnded, unanswered: 2 } })).toContain("2 other processes");
});

test("tells whose a session is that no token names", () => {
  expect(namedByText([])).toBeNull();
  const callers = [
    { issuer: "i", subject: "bot", acting_for: "alice" },
    { issuer: "i", subject: "solo", acting_for: null },
  ];
  expect(doneText({ ...made, named_by: callers })).toMatch(
    /all sessions that no token names are meant, of bot for alice, solo\.$/,
  );
});
