import { judgedPolicy } from "../../../gateway/store/store-marks.ts";
import { describeJudgedPolicy } from "../../support/store-contracts/judged-policy.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeJudgedPolicy(sqliteStores(judgedPolicy));
