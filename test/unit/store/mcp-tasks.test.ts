import { mcpTaskStore } from "../../../gateway/store/mcp-tasks.ts";
import { describeMcpTaskStore } from "../../support/store-contracts/mcp-tasks.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeMcpTaskStore(sqliteStores(mcpTaskStore));
