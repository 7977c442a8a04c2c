import { accountStore, passkeyStore } from "../../../gateway/store/accounts.ts";
import { describePasskeyStore } from "../../support/store-contracts/passkeys.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describePasskeyStore(
  sqliteStores((connection) => ({ accounts: accountStore(connection), passkeys: passkeyStore(connection) })),
);
