import { dumpValue } from "../value.ts";
import { chargeText, stringAt } from "./operands.ts";
import type { Builtin } from "./types.ts";
import { BuiltinError } from "./types.ts";
import { readYaml } from "./yaml/read.ts";
import { writeYaml } from "./yaml/write.ts";

const unmarshal: Builtin = (context, value) => readYaml(context, stringAt(1, value));

const isValid: Builtin = (context, value) => {
  if (typeof value !== "string") return false;
  try {
    readYaml(context, value);
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
};

const marshal: Builtin = (context, value) => {
  chargeText(context, dumpValue(value).length * 200);
  return writeYaml(value);
};

export const yaml: Readonly<Record<string, Builtin>> = {
  "yaml.marshal": marshal,
  "yaml.unmarshal": unmarshal,
  "yaml.is_valid": isValid,
};
