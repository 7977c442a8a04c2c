import type { DefinitionKind } from "./definition-kinds.ts";

// Names of tools go into resource ids and logs, so they are visible ASCII; MCP recommends less than that.
const toolName = /^[\x21-\x7e]{1,128}$/;
const plainText = /^[^\u0000-\u001f\u007f-\u009f]{1,2048}$/u;

/** What a call may name, of each kind. What has another name is not shown either. */
export const nameForms: Readonly<Record<DefinitionKind, RegExp>> = {
  tool: toolName,
  prompt: plainText,
  resource: plainText,
  resource_template: plainText,
  instructions: plainText,
};
