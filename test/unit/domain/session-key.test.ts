import fc from "fast-check";
import type { SessionTrust } from "../../../gateway/domain/facts.ts";
import { keyOfRef, sessionKey, sessionOfKey, sessionRef } from "../../../gateway/domain/session-key.ts";
import { subject } from "../../support/builders.ts";

const text = fc.string({ maxLength: 12, unit: "binary" });
const trust = fc.constantFrom<SessionTrust>("token", "transport", "self", "trace");

test("finds whose session a key is, and none in any other text", () => {
  fc.assert(
    fc.property(text, text, trust, text, (issuer, id, named, session) => {
      const who = subject({ issuer, id });
      const key = sessionKey(who, { id: session, trust: named });
      expect(sessionOfKey(key)).toEqual({ issuer, subject: id, id: session, trust: named });
      expect(sessionOfKey(sessionKey(who, { id: "any", trust: "none" }))).toMatchObject({ subject: id, trust: "none" });
      expect(keyOfRef(sessionRef(key))).toBe(key);
    }),
  );
});

test.each([
  "",
  "null",
  "[]",
  '["https://idp.example"]',
  '["https://idp.example","bot","token"]',
  '["https://idp.example","bot","none","s"]',
  '["https://idp.example","bot","token","s","more"]',
  '["https://idp.example","bot","token",1]',
  '["https://idp.example", "bot"]',
])("finds no session in %j", (key) => {
  expect(sessionOfKey(key)).toBeNull();
  expect(keyOfRef(sessionRef(key))).toBeNull();
});

test("takes a reference in one spelling only", () => {
  const ref = sessionRef(sessionKey(subject({ issuer: "i", id: "b" }), { id: "s1", trust: "token" }));
  expect([keyOfRef(`${ref}=`), keyOfRef(` ${ref}`), keyOfRef(`${ref}!`)]).toEqual([null, null, null]);
});
