import type { JsonObject } from "../lib/json.ts";
import type { InputDocument } from "./policy-input.ts";

/**
 * Assertions of another enforcement point in a question (AuthZEN 1.0). They are placed under `asserted`, so that they
 * cannot replace a fact. Under the contract's own names only those appear that have the contract's form and that the
 * gateway cannot know itself.
 */
export interface Asserted {
  readonly subject: { readonly type: string; readonly properties: JsonObject };
  readonly action: { readonly method: string; readonly properties: JsonObject };
  readonly resource: {
    readonly type: string;
    readonly id: string;
    readonly request: JsonObject;
    readonly properties: JsonObject;
  };
  readonly context: JsonObject;
  /** The verified enforcement point. */
  readonly pep: JsonObject;
}

/** The document of a question: the document of the call with the assertions. */
export function withAsserted(document: InputDocument, from: Asserted): InputDocument {
  const { subject, resource } = document;
  const properties = resource["properties"] as JsonObject;
  return {
    ...document,
    subject: {
      ...subject,
      type: from.subject.type,
      properties: { ...(subject["properties"] as JsonObject), asserted: from.subject.properties },
    },
    action: {
      name: document.action["name"] as string,
      properties: {
        protocol: "authzen",
        protocol_version: "1.0",
        method: from.action.method,
        asserted: from.action.properties,
      },
    },
    resource: {
      type: from.resource.type,
      id: from.resource.id,
      properties: { ...properties, request: from.resource.request, asserted: from.resource.properties },
    },
  };
}
