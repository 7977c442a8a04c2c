import {
  callerSessionKey,
  longestTransportSession,
  transportSessionKey,
} from "../../../gateway/domain/transport-session.ts";
import { evaluated, route } from "../../support/builders.ts";

const keys = {
  "of a session": (session: string) => transportSessionKey(route(), session),
  "of a caller's session": (session: string) => callerSessionKey(evaluated(), { session }),
  "of a message in it": (session: string) => callerSessionKey(evaluated(), { session, id: 7 }),
};

describe.each(Object.entries(keys))("the key %s", (_of, keyOf) => {
  it("holds an id as it is up to 256 characters, as gateways of before wrote it to the store", () => {
    const id = "x".repeat(256);
    expect(JSON.parse(keyOf(id))).toContain(id);
  });

  it.each(["x", '"', "\\"])("has few characters for the longest id of %s", (one) => {
    const shortest = keyOf("").length;
    expect(keyOf(one.repeat(longestTransportSession)).length - shortest).toBeLessThan(64);
  });

  it("is another one for each id", () => {
    const ids = ["x".repeat(256), "x".repeat(257), "x".repeat(258), `${"x".repeat(257)}y`];
    expect(new Set(ids.map(keyOf)).size).toBe(ids.length);
  });
});
