import { endNoticeStore } from "../../../gateway/store/end-notices.ts";
import { describeEndNotices } from "../../support/store-contracts/end-notices.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeEndNotices(sqliteStores(endNoticeStore));
