import { revocationStore } from "../../../gateway/store/revocations.ts";
import { describeRevocations } from "../../support/store-contracts/revocations.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeRevocations(sqliteStores(revocationStore));
