import { Executions } from "../tools/executions.ts";
import { serveTools } from "../tools/serve.ts";
import { paymentsApi } from "./api.ts";

const executions = new Executions();
const key = process.env["DEMO_PAYMENTS_KEY"] ?? "demo-payments-key";

await serveTools({ service: paymentsApi(executions, key), executions, defaultPort: 9101 });
