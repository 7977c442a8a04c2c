import { definitionStore } from "../../../gateway/store/definitions.ts";
import { describeDefinitionStore } from "../../support/store-contracts/definitions.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeDefinitionStore(sqliteStores(definitionStore));
