import { ownSessions } from "../../../gateway/admin/own-sessions.ts";
import { describeConsoleSessions } from "../../support/store-contracts/console-sessions.ts";

describeConsoleSessions(async () => {
  const store = ownSessions();
  const opened = { store, look: async () => undefined, close: async () => undefined };
  return { ...opened, again: async () => opened };
});
