import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parseDocument } from "yaml";
import { root } from "../setup/places.mjs";
import { stagesOf } from "./dockerfile.mjs";

/**
 * @typedef {object} Service
 * @property {{ target?: string }} [build]
 * @property {string} [image]
 * @property {string[] | object} [depends_on]
 * @property {{ interval?: string, timeout?: string, start_period?: string }} [healthcheck]
 * @property {string} [stop_grace_period]
 */

/**
 * Checks a compose file against the Compose Specification's schema, and that what it refers to exists.
 * @param {string} text
 * @param {string} dockerfile
 * @returns {string[]}
 */
export function composeProblems(text, dockerfile) {
  const document = parseDocument(text, { merge: true });
  if (document.errors.length > 0) return document.errors.map((error) => error.message);
  const compose = document.toJS();
  const valid = schema();
  if (!valid(compose)) return (valid.errors ?? []).map((error) => `${error.instancePath || "/"} ${error.message}`);
  return referenceProblems(
    /** @type {{ services?: Record<string, Service> }} */ (compose).services ?? {},
    stagesOf(dockerfile),
  );
}

/** @param {Record<string, Service>} services @param {string[]} stages */
function referenceProblems(services, stages) {
  const problems = [];
  for (const [name, service] of Object.entries(services)) {
    const target = service.build?.target;
    if (target === undefined && service.image === undefined)
      problems.push(`service ${name} has neither a build target nor an image`);
    if (target !== undefined && !stages.includes(target))
      problems.push(`service ${name} builds ${target}, which is no stage`);
    for (const text of badDurations(service)) problems.push(`service ${name} has the duration "${text}"`);
    for (const other of dependenciesOf(service)) {
      if (services[other] === undefined) problems.push(`service ${name} depends on ${other}, which is no service`);
    }
  }
  return problems;
}

/** @param {Service} service @returns {string[]} */
function dependenciesOf({ depends_on: on = [] }) {
  return Array.isArray(on) ? on : Object.keys(on);
}

/** Durations are Go's (`1m30s`); the schema takes any text for them. @param {Service} service */
function badDurations(service) {
  const { interval, timeout, start_period: period } = service.healthcheck ?? {};
  const given = [interval, timeout, period, service.stop_grace_period];
  return given.filter((text) => text !== undefined && !/^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$/.test(text));
}

/** The schema from the package dclint. */
function schema() {
  const file = join(root, "node_modules", "dclint", "schemas", "compose.schema.json");
  const { $schema: _dialect, ...rules } = JSON.parse(readFileSync(file, "utf8"));
  return new Ajv({ strict: false, allErrors: true }).compile(rules);
}
