import { join } from "node:path";
import { SealedSessions } from "../../gateway/gather/sealed-sessions.ts";
import { Connection } from "../../gateway/store/connection.ts";
import { openDatabase } from "../../gateway/store/database.ts";
import type { AnyConnection } from "../../gateway/store/engines.ts";
import { sessionKeyStore } from "../../gateway/store/kept-keys.ts";
import { systemClock, systemIds } from "../../gateway/compose/clock-and-ids.ts";
import { subject } from "./builders.ts";

/** The id by which the caller of a token knows a session on a route, as if the gateways of a store had seen it begin. */
export type SealSession = (token: string, route: string, session: string) => Promise<string>;

/** Anything on a connection that is closed again. */
type Look = <Result>(use: (connection: AnyConnection) => Promise<Result>) => Promise<Result>;

const nobodyElse = { claim: () => undefined, begun: () => undefined };

/** With the keys of this store, which a gateway has made. */
export function sealerOf(look: Look): SealSession {
  let opened: Promise<SealedSessions> | null = null;
  const open = () =>
    look((store) =>
      SealedSessions.open({ keys: sessionKeyStore(store), owners: nobodyElse, clock: systemClock, ids: systemIds() }),
    );
  return async function seal(token, route, session) {
    const sessions = await (opened ??= open());
    return sessions.sealed(callerOf(token), route, session);
  };
}

/** With the keys in the file of a gateway that runs. */
export function sealerIn(dataDir: string): SealSession {
  return sealerOf(async (use) => {
    const database = openDatabase(join(dataDir, "sallyport.db"));
    try {
      return await use(new Connection(database));
    } finally {
      database.close();
    }
  });
}

/** Whose token it is, as gateways know it: who acts for another is the caller (RFC 8693 §4.1). */
function callerOf(token: string) {
  const [, payload = ""] = token.split(".");
  const { iss, sub, act } = JSON.parse(Buffer.from(payload, "base64url").toString()) as Claims;
  return subject({ issuer: iss, id: act?.sub ?? sub, actingFor: act === undefined ? null : { id: sub, claims: {} } });
}

interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly act?: { readonly sub: string };
}
