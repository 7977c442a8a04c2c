import { bundleMarks } from "../../../gateway/store/store-marks.ts";
import { describeBundleMarks } from "../../support/store-contracts/bundle-marks.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeBundleMarks(sqliteStores(bundleMarks));
