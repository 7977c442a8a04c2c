import { Executions } from "../tools/executions.ts";
import { serveTools } from "../tools/serve.ts";
import { crmService } from "./service.ts";

const executions = new Executions();
const key = process.env["DEMO_CRM_KEY"] ?? "demo-crm-key";

await serveTools({ service: crmService(executions, key), executions, defaultPort: 9102 });
