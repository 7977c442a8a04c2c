/** Prints what is wrong with docker-compose.yml and Dockerfile; exit code 1 when anything is. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup/places.mjs";
import { composeProblems } from "./compose.mjs";
import { dockerfileProblems } from "./dockerfile.mjs";

const read = (/** @type {string} */ name) => readFileSync(join(root, name), "utf8");
const dockerfile = read("Dockerfile");
const exists = (/** @type {string} */ path) => existsSync(join(root, path));

const problems = [
  ...composeProblems(read("docker-compose.yml"), dockerfile).map((problem) => `docker-compose.yml: ${problem}`),
  ...dockerfileProblems(dockerfile, exists).map((problem) => `Dockerfile: ${problem}`),
];
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
