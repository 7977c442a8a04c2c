import { provenanceStore } from "../../../gateway/store/provenance.ts";
import { describeProvenanceStore } from "../../support/store-contracts/provenance.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeProvenanceStore(sqliteStores(provenanceStore));
