import { callStateStore, liveness } from "../../../gateway/store/call-state.ts";
import { definitionStore } from "../../../gateway/store/definitions.ts";
import { sessionStore } from "../../../gateway/store/session-labels.ts";
import { describeCallState } from "../../support/store-contracts/call-state.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeCallState(
  sqliteStores((connection) => {
    const [definitions, sessions] = [definitionStore(connection), sessionStore(connection)];
    return { definitions, sessions, read: callStateStore(connection, liveness(connection)).read };
  }),
);
