import { outsideSignalStore, seenSetStore, streamStore } from "../../../gateway/store/signals.ts";
import {
  describeOutsideSignalStore,
  describeSeenSetStore,
  describeStreamStore,
} from "../../support/store-contracts/signals.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeSeenSetStore(sqliteStores(seenSetStore));
describeStreamStore(sqliteStores(streamStore));
describeOutsideSignalStore(sqliteStores(outsideSignalStore));
