import { z } from "zod";
import { count, duration, nonEmpty, size } from "./values.ts";

/** POSIX, "Environment Variable Definition". */
const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, { error: "expected the name of an environment variable" });

/** Without a byte that ends texts for programs. */
const argument = z
  .string()
  .max(8192, { error: "must be at most 8192 characters" })
  .refine((text) => !text.includes("\0"), { error: "must not hold a null byte" });

const account = z.union([nonEmpty(), z.number().int().min(0)], {
  error: "expected the name or the number of an account of this machine",
});

/** A tool server that the gateway runs itself and speaks to over its standard streams. */
export const command = z
  .strictObject({
    run: z
      .array(argument)
      .min(1, { error: "needs at least the program" })
      .describe(
        "Program and its arguments; no shell reads them. A program without a slash is looked for in the folders of `PATH` in `env`.",
      ),
    env: z
      .record(variable, argument)
      .prefault({})
      .describe(
        "The whole environment of the process; nothing of the gateway's own is inherited. A value `env:NAME` or `file:PATH` refers to a secret, which is removed from answers and from the log; any other is the value itself. Default of `PATH`: `/usr/local/bin:/usr/bin:/bin`.",
      ),
    cwd: nonEmpty().prefault(".").describe("Folder in which the process begins."),
    per: z
      .enum(["person", "session", "route"])
      .prefault("person")
      .describe(
        "Who shares a process. `person`: each person has one (issuer and subject; of an agent that acts for a person, that person). `session`: each MCP session has one. `route`: all callers of the route share one.",
      ),
    user: account
      .optional()
      .describe("Account of this machine that the process runs as; the gateway has to be root. Default: its own."),
    group: account.optional().describe("Group that the process runs as. Default: that of `user`."),
    memory: size("16MiB", "1024GiB")
      .optional()
      .describe("Most memory that the process may write to (`RLIMIT_DATA`); Linux with `prlimit`. Default: no limit."),
    files: count(16, 1_000_000)
      .optional()
      .describe("Most files that the process may have open; Linux with `prlimit`. Default: that of the gateway."),
    start_timeout: duration("100ms", "5m")
      .prefault("20s")
      .describe(
        "How long the process may take until it has answered `initialize`, and how long a call waits for that.",
      ),
    idle: duration("1s", "7d").prefault("10m").describe("A process without calls for so long is ended."),
    processes: count(1, 1000)
      .prefault(32)
      .describe(
        "Most processes of the route at once; of those without a call under way the longest unused one makes room.",
      ),
  })
  .describe("A command that the gateway runs as the tool server, in the place of `origin`. See stdio.md.");
