import { revocationStore } from "../../../gateway/store/call-state.ts";
import { describeRevocations } from "../../support/store-contracts/revocations.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeRevocations(sqliteStores(revocationStore));
