import { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { Executions } from "../tools/executions.ts";
import { customers, tickets } from "./people.ts";

/** The CRM's tools. Like most tool servers it executes every call and leaves authorization to the gateway. */
export function crmServer(executions: Executions): McpServer {
  const server = new McpServer({ name: "crm", version: "1.0.0" });
  readingTools(server, executions);
  changingTools(server, executions);
  return server;
}

function readingTools(server: McpServer, executions: Executions): void {
  server.registerTool(
    "find_ticket",
    {
      description: "Find a support ticket.",
      inputSchema: z.object({ query: z.string() }),
      annotations: { readOnlyHint: true },
    },
    function findTicket(args) {
      executions.ran("find_ticket", args);
      return said(tickets.filter((ticket) => ticket.subject.includes(args.query)));
    },
  );
  server.registerTool(
    "read_customer",
    {
      description: "Read a customer's record.",
      inputSchema: z.object({ customer_id: z.string() }),
      annotations: { readOnlyHint: true },
    },
    function readCustomer(args) {
      executions.ran("read_customer", args);
      return said(customers.find((customer) => customer.customer_id === args.customer_id) ?? "no such customer");
    },
  );
  server.registerTool(
    "run_report",
    {
      description: "Run a report over all customers.",
      inputSchema: z.object({ name: z.string() }),
      annotations: { readOnlyHint: true },
    },
    function runReport(args) {
      executions.ran("run_report", args);
      return said({ report: args.name, rows: customers.length });
    },
  );
}

function changingTools(server: McpServer, executions: Executions): void {
  server.registerTool(
    "post_update",
    {
      description: "Post a status update to a web address.",
      inputSchema: z.object({ url: z.string(), text: z.string() }),
    },
    function postUpdate(args) {
      executions.ran("post_update", args);
      return said({ queued_for: args.url, characters: args.text.length });
    },
  );
  server.registerTool(
    "delete_customer",
    {
      description: "Delete a customer for good.",
      inputSchema: z.object({ customer_id: z.string() }),
      annotations: { destructiveHint: true },
    },
    function deleteCustomer(args) {
      executions.ran("delete_customer", args);
      return said({ deleted: args.customer_id });
    },
  );
}

function said(value: unknown) {
  return { content: [{ type: "text" as const, text: typeof value === "string" ? value : JSON.stringify(value) }] };
}
