import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { listenersSchema } from "../../../gateway/config/schema/listeners.ts";
import { parseDuration } from "../../../gateway/config/schema/values.ts";
import { composeProblems } from "../../../scripts/checks/compose.mjs";
import { dockerfileProblems, stagesOf } from "../../../scripts/checks/dockerfile.mjs";
import { root } from "./guards/tree.ts";

const compose = readFileSync(join(root, "docker-compose.yml"), "utf8");
const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
const inTree = (path: string): boolean => existsSync(join(root, path));

test("the compose file is valid against the Compose Specification", () => {
  expect(composeProblems(compose, dockerfile)).toEqual([]);
});

test("compose waits longer for the gateway than that takes to stop", () => {
  const { drain, finish } = listenersSchema.parse({}).agents.limits;
  const { services } = parse(compose) as { services: Record<string, { stop_grace_period?: string }> };
  const graceMs = parseDuration(services["gateway"]?.stop_grace_period ?? "");
  expect(graceMs).toBeGreaterThanOrEqual(drain + 2 * finish + 15_000);
});

test("the Dockerfile builds from what is there, in three stages, and does not run as root", () => {
  expect(dockerfileProblems(dockerfile, inTree)).toEqual([]);
  expect(stagesOf(dockerfile)).toHaveLength(3);
});

test.each([
  ["a misspelt key", "network_mode: host", "network_mod: host"],
  ["a duration that is none", "interval: 10s", "interval: ten"],
  ["a stage that is none", "target: build", "target: bild"],
  ["a dependency that is none", "[payments, crm]", "[payments, crn]"],
  ["broken YAML", "services:", "services: ["],
])("refuses a compose file with %s", (_what, from, to) => {
  expect(compose).toContain(from);
  expect(composeProblems(compose.replace(from, to), dockerfile)).not.toEqual([]);
});

test.each([
  ["root", /^USER .*$/m, "USER root", "runs as root"],
  ["no health check", /^HEALTHCHECK .*$/m, "", "no HEALTHCHECK"],
  ["a shell form where there is no shell", /^ENTRYPOINT .*$/m, "ENTRYPOINT node gateway/main.ts", "JSON form"],
  ["a stage that is none", "--from=opa", "--from=rego", "no earlier stage"],
  ["a file that is not there", "COPY rego ", "COPY regos ", "not there"],
  ["an image without a tag", "FROM golang:1.26-bookworm", "FROM golang", "image:tag"],
  ["an instruction that is none", "WORKDIR /src", "WORKDR /src", "not an instruction"],
])("refuses a Dockerfile with %s", (_what, from, to, problem) => {
  expect(dockerfileProblems(dockerfile.replace(from, to), inTree).join("\n")).toContain(problem);
});
