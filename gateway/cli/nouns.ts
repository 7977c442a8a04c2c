import type { Verb } from "./common/verb.ts";

interface Noun {
  readonly name: string;
  readonly summary: string;
  /** In the order of the help text. */
  readonly verbs: () => Promise<readonly Verb[]>;
}

// A command line needs one of them. To load all takes longer than most verbs run.

export const verbsWithoutNoun: ReadonlyMap<string, () => Promise<Verb>> = new Map([
  ["init", async () => (await import("./init/verb.ts")).init],
  ["serve", async () => (await import("./serve.ts")).serve],
  ["check", async () => (await import("./serve.ts")).check],
  ["health", async () => (await import("./health.ts")).health],
  ["connect", async () => (await import("./connect/verb.ts")).connect],
  ["sign-in", async () => (await import("./hook/sign-in.ts")).signIn],
  ["hook", async () => (await import("./hook/verb.ts")).hook],
]);

export const nouns: readonly Noun[] = [
  {
    name: "approvals",
    summary: "calls that wait for a person",
    verbs: async () => (await import("./approvals/verbs.ts")).verbs,
  },
  {
    name: "grants",
    summary: "permissions that approvals issued",
    verbs: async () => {
      const { list, revoke } = await import("./grants.ts");
      return [list, revoke];
    },
  },
  {
    name: "access",
    summary: "revoke access, and lift revocations",
    verbs: async () => {
      const { list, revoke, lift } = await import("./access.ts");
      return [list, revoke, lift];
    },
  },
  {
    name: "people",
    summary: "accounts of the console",
    verbs: async () => {
      const { list, remove } = await import("./people.ts");
      return [list, remove];
    },
  },
  {
    name: "channels",
    summary: "messages to people about held calls",
    verbs: async () => {
      const { test, dead, retry } = await import("./channels.ts");
      return [test, dead, retry];
    },
  },
  {
    name: "credentials",
    summary: "what calls carry to tool servers",
    verbs: async () => {
      const { list, check } = await import("./credentials.ts");
      const { connections, disconnect } = await import("./connections.ts");
      return [list, check, connections, disconnect];
    },
  },
  {
    name: "signals",
    summary: "what other systems say of callers",
    verbs: async () => {
      const { list, verify } = await import("./signals.ts");
      return [list, verify];
    },
  },
  {
    name: "tasks",
    summary: "access that is opened for a purpose, and ends with it",
    verbs: async () => {
      const { open, list, show, close } = await import("./tasks.ts");
      return [open, list, show, close];
    },
  },
  {
    name: "store",
    summary: "tables of a store in PostgreSQL; copies between it and a file",
    verbs: async () => {
      const { copy, migrate, status } = await import("./store.ts");
      return [status, migrate, copy];
    },
  },
  {
    name: "sessions",
    summary: "what agent runs have done",
    verbs: async () => {
      const { list, show } = await import("./sessions.ts");
      return [list, show];
    },
  },
  {
    name: "decisions",
    summary: "search, count and export the decision log",
    verbs: async () => (await import("./decisions/verbs.ts")).verbs,
  },
  {
    name: "audit",
    summary: "prove that the decision log is whole, and that an action is in it",
    verbs: async () => (await import("./audit/verbs.ts")).verbs,
  },
  {
    name: "policy",
    summary: "check, build and explain the policy",
    verbs: async () => (await import("./policy/verbs.ts")).verbs,
  },
  {
    name: "trace",
    summary: "recorded sessions of agents",
    verbs: async () => [(await import("./trace/run.ts")).run],
  },
  {
    name: "tools",
    summary: "definitions of tools, prompts and resources; tools' lines in the catalog",
    verbs: async () => {
      const { list, diff } = await import("./tools.ts");
      const { accept } = await import("./tools-accept.ts");
      const { importTools } = await import("./tools-import.ts");
      return [list, diff, accept, importTools];
    },
  },
  {
    name: "token",
    summary: "tokens of the development issuer",
    verbs: async () => {
      const { mint } = await import("./token/mint.ts");
      const { proof } = await import("./token/proof.ts");
      return [mint, proof];
    },
  },
];
