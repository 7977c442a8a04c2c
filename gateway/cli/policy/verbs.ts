import type { Verb } from "../common/verb.ts";
import { bench } from "./bench.ts";
import { build, sign, verify } from "./bundle.ts";
import { accept } from "./change/accept.ts";
import { impact } from "./change/impact.ts";
import { replay } from "./change/replay.ts";
import { shadow } from "./change/shadow.ts";
import { check } from "./check.ts";
import { explain } from "./explain.ts";
import { activate, history, rollback } from "./history.ts";
import { test } from "./test.ts";
import { testcase } from "./testcase.ts";

/** In the order of the help text. */
export const verbs: readonly Verb[] = [
  check,
  test,
  build,
  sign,
  verify,
  explain,
  bench,
  replay,
  impact,
  shadow,
  history,
  activate,
  rollback,
  accept,
  testcase,
];
