import type { CallText } from "./generate.ts";
import { combine, texts } from "./generate.ts";

// prettier-ignore
const FORMATS = texts("%v", "%d", "%s", "%q", "%x", "%X", "%5d|%-5d|", "%05d", "%+d", "% d", "%.2f", "%8.3f", "%e", "%g", "%G", "%t",
  "%T", "%c", "%U", "%#U", "%#x", "%#o", "%b", "%o", "%O", "%+v", "%#v", "%+q", "%#q", "% x", "%10s|", "%-10s|", "%.2s", "%010s",
  "%z", "%!", "%", "%%", "%[1]v %[1]T", "%[2]v", "%*d", "%.3d", "%08.3f", "%+.2e", "%#g", "%#.3x", "%6.2%", "%E", "%F", "%.0f",
  "%.3g", "%.10g", "%20.5q", "%x %d");
// prettier-ignore
const ARGUMENTS = ["1", "-5", "1.0", "1.5", "1e3", "123456789012345678901234567890", '"héllo\\n"', "null", '[1,"a",{"b":2}]', "{1,2}",
  "set()", '{"k":[1.50]}', "1e100", "0.000001234", "65", "1114112", '"\\u0000"', "-0.0", "1e400", "1234567.5"];

// prettier-ignore
const INDEXED: readonly CallText[] = [
  ["sprintf", '["%*d|%-*d|%.*f",[5,1,6,2,3,1.23456]]'], ["sprintf", '["%d %d",[1]]'], ["sprintf", '["%d",[1,2,"x"]]'],
  ["sprintf", '["%[3]d %[1]d",[1,2,3]]'], ["sprintf", '["%[0]d",[1,2,3]]'], ["sprintf", '["%[x]d",[1,2,3]]'],
  ["sprintf", '["%[2]*[1]d",[1,2,3]]'], ["sprintf", '["a",[]]'], ["sprintf", '["%*d",["x",2]]'], ["sprintf", '["%[1",[1]]'],
];

export const sprintfCalls = [
  ...combine(
    "sprintf",
    FORMATS,
    ARGUMENTS.map((argument) => `[${argument}]`),
  ),
  ...INDEXED,
];
