import { callStateStore, liveness } from "../../../gateway/store/call-state.ts";
import { definitionStore } from "../../../gateway/store/definitions.ts";
import { provenanceStore } from "../../../gateway/store/provenance.ts";
import { taskTextStore } from "../../../gateway/store/task-texts.ts";
import { sessionStore } from "../../../gateway/store/session-labels.ts";
import { describeCallState } from "../../support/store-contracts/call-state.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeCallState(
  sqliteStores((connection) => {
    const [definitions, sessions] = [definitionStore(connection), sessionStore(connection)];
    const [memories, texts] = [provenanceStore(connection), taskTextStore(connection)];
    return { definitions, sessions, memories, texts, ...callStateStore(connection, liveness(connection)) };
  }),
);
