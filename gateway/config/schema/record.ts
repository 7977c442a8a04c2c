import { z } from "zod";
import { addressClasses } from "./routes.ts";
import { COSIGNATURE, parseVkey } from "../../lib/tlog/note.ts";
import { shipSchema } from "./ship.ts";
import { count, duration, nonEmpty, pointerPattern, size, webUrl } from "./values.ts";

const witness = z
  .strictObject({
    url: webUrl().describe(
      "Where it listens, without `add-checkpoint`. Cosignatures are signed, so that plain http will do.",
    ),
    key: z
      .string()
      .superRefine((text, context) => {
        try {
          parseVkey(text, COSIGNATURE);
        } catch (failure) {
          context.addIssue({ code: "custom", message: (failure as Error).message });
        }
      })
      .describe("Verifier key of the witness, which it shows when it starts."),
    every: duration("1s", "1h").prefault("10s").describe("How often the newest checkpoint is sent."),
    ca: nonEmpty().optional().describe("Authorities of its certificate, PEM file. Default: those that Node knows."),
    allow_addresses: z
      .array(z.enum(addressClasses))
      .prefault([])
      .describe("Address classes beyond public ones that the witness may resolve to."),
  })
  .describe(
    "A process on another machine that cosigns the checkpoints of the log, `sallyport audit witness` or any of C2SP tlog-witness. No call waits for it.",
  );

const timeStamp = z
  .strictObject({
    url: webUrl().describe(
      "Where time stamps are asked for with POST (RFC 3161 §3.4). With plain http somebody on the way can answer with time stamps of an authority of their own, which are kept; `audit verify --tsa` finds that out.",
    ),
    every: duration("1s", "366d")
      .prefault("1h")
      .describe("How often the newest checkpoint is stamped, if there are new lines."),
    ca: nonEmpty()
      .optional()
      .describe("Authorities of the TLS certificate of its server, PEM file. Default: those that Node knows."),
    allow_addresses: z
      .array(z.enum(addressClasses))
      .prefault([])
      .describe("Address classes beyond public ones that the authority may resolve to."),
  })
  .describe(
    "A time stamping authority (RFC 3161) that says when the log had its lines, for who trusts neither the gateway nor a witness. It gets digests alone. No call waits for it.",
  );

const inputMembers = ["contract", "phase", "subject", "action", "resource", "context"];

/** Rules of `system.log` begin theirs with /input, as OPA has it. Such a pointer leads nowhere here, and nothing would be masked. */
const maskPointer = z
  .string()
  .regex(pointerPattern, { error: "expected a JSON pointer such as /context/arguments/card", abort: true })
  .refine((pointer) => inputMembers.some((name) => `${pointer}/`.startsWith(`/${name}/`)), {
    error: ({ input }) =>
      `begins with no member of the policy input (${inputMembers.join(", ")})${String(input).startsWith("/input/") ? "; leave out /input" : ""}`,
  });

export const recordSchema = z
  .strictObject({
    dir: nonEmpty().optional().describe("Folder of the decision log. Default: log in the data folder."),
    mask: z
      .array(maskPointer)
      .prefault([])
      .describe(
        "JSON pointers into the policy input, such as `/context/arguments/card`, whose values are never written; rules of `system.log` put `/input` before them, this option does not. In what rules print they are recognized as texts and numbers.",
      ),
    answer_digest: z
      .enum(["always", "whole", "off"])
      .prefault("whole")
      .describe(
        "Of which answers of tool servers the outcome record has a SHA-256 digest. `always`: of each, event streams too. `whole`: of each but event streams that pass event by event and that no rule about results reads. `off`: of none. Where one is left out, the record says so and why (`response_digest_omitted`); the bytes are counted always.",
      ),
    arguments: z
      .strictObject({
        keep: z
          .enum(["full", "digest"])
          .prefault("full")
          .describe("`digest`: of every call a digest and the length, in place of its arguments."),
        max: size("1KiB", "64MiB")
          .prefault("64KiB")
          .describe("Of arguments whose JSON text is longer, a digest and the length are kept."),
      })
      .prefault({})
      .describe("What is kept of the arguments of calls. Policy and approvers see them whole in any case."),
    buffered_cap: count(1, 1_000_000)
      .prefault(10_000)
      .describe("Records that may wait for the disk on `buffered` routes; one more is refused."),
    segment: z
      .strictObject({
        size: size("64KiB", "16GiB")
          .prefault("256MiB")
          .describe("A segment with so many bytes is followed by a new one."),
        age: duration("1m", "366d").optional().describe("So is one that was begun so long ago. Default: no limit."),
      })
      .prefault({})
      .describe("The files that the log consists of."),
    compress: z
      .enum(["none", "gzip", "zstd"])
      .prefault("none")
      .describe("How segments that are followed by another are kept. They are read and verified as the others are."),
    retention: z
      .strictObject({
        age: duration("1h", "3660d")
          .optional()
          .describe("Segments whose last record is older are removed. Default: none is for its age."),
        total: size("1MiB", "65536GiB")
          .optional()
          .describe(
            "The oldest segments are removed until all take no more. With `compress`, closed ones are compressed before they are counted, unless there is little room (`low_space`). Default: no limit.",
          ),
      })
      .prefault({})
      .describe("How long records are kept. What proves the log is kept always, and what remains can be verified."),
    low_space: size("0B", "1024GiB")
      .prefault("64MiB")
      .describe(
        "With less room on the disk of the log no call goes on (503 record_unavailable); with less than twice as much /readyz says so.",
      ),
    signing_key: z
      .string()
      .optional()
      .describe(
        "Reference (`env:NAME` or `file:PATH`) to the Ed25519 key (PEM, PKCS #8) that signs the checkpoints of the log. Default: one that is made once, decision-log.key.pem in the data folder.",
      ),
    origin: z
      .string()
      .regex(/^[\x21-\x2a\x2c-\x7e]{1,128}$/, { error: "must be 1 to 128 printable characters without spaces and `+`" })
      .prefault("sallyport")
      .describe(
        "Begin of the name of the log in its checkpoints, such as logs.example.com; `instance` and a random id follow.",
      ),
    witness: witness.optional(),
    time_stamp: timeStamp.optional(),
    ship: z.array(shipSchema).max(16).prefault([]).describe("Where records are sent. No call waits for any of it."),
  })
  .prefault({})
  .describe("The decision log.");
