import type { JsonObject } from "../lib/json.ts";
import type { InputDocument } from "./policy-input.ts";

/**
 * What another enforcement point says in a question (AuthZEN 1.0), beside the facts of the contract. It stands under
 * `asserted`, where it can take no fact's place; under the contract's own names there is of it only what has the contract's
 * form and is not for the gateway itself to know.
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
  /** Who asks, verified. */
  readonly pep: JsonObject;
}

/** The same document as the question that it is. */
export function withAsserted(document: InputDocument, said: Asserted): InputDocument {
  const { subject, resource } = document;
  const properties = resource["properties"] as JsonObject;
  return {
    ...document,
    subject: {
      ...subject,
      type: said.subject.type,
      properties: { ...(subject["properties"] as JsonObject), asserted: said.subject.properties },
    },
    action: {
      name: document.action["name"] as string,
      properties: {
        protocol: "authzen",
        protocol_version: "1.0",
        method: said.action.method,
        asserted: said.action.properties,
      },
    },
    resource: {
      type: said.resource.type,
      id: said.resource.id,
      properties: { ...properties, request: said.resource.request, asserted: said.resource.properties },
    },
    context: { asserted: said.context, pep: said.pep, ...document.context },
  };
}
