import type { Body } from "./assemble.ts";
import { FINISH, MIX } from "./constants.ts";

/*
 * Strings, eight bytes at a time. OPA's values in memory
 * (https://github.com/open-policy-agent/opa/blob/v1.22.2/wasm/src/value.h) begin with a byte that says their type; of a
 * string the length follows at 4 and the address of its text at 8. Types 4 and 8 are strings and the only ones whose two
 * low bits are zero.
 */

/** Sets $word to the last eight bytes of the $left bytes at $at, or to all of fewer. */
export const lastWord = `
  local.get $left  i32.const 8  i32.ge_u  if $long
    local.get $at  local.get $left  i32.add  i32.const 8  i32.sub  i64.load 0  local.set $word
  else
    local.get $left  i32.const 4  i32.ge_u  if $four
      ;; Two halves that overlap.
      local.get $at  i64.load32_u 0  local.get $at  local.get $left  i32.add  i32.const 4  i32.sub
        i64.load32_u 0  i64.const 32  i64.shl  i64.or  local.set $word
    else
      i64.const 0  local.set $word
      local.get $left  if $some
        ;; The first, the middle and the last of up to three, the same one where there are fewer.
        local.get $at  i64.load8_u 0  local.get $at  local.get $left  i32.const 1  i32.shr_u  i32.add
          i64.load8_u 0  i64.const 8  i64.shl  i64.or  local.get $at  local.get $left  i32.add  i32.const 1
          i32.sub  i64.load8_u 0  i64.const 16  i64.shl  i64.or  local.set $word
      end
    end
  end`;

/** Multiplication carries upwards only, so the upper half comes down after each. */
const mix = (by: bigint): string => `
  i64.const ${by}  i64.mul  local.tee $hash  local.get $hash  i64.const 32  i64.shr_u  i64.xor
  local.set $hash`;

export const advance = (...locals: readonly string[]): string =>
  locals.map((local) => `local.get ${local}\ni32.const 8\ni32.add\nlocal.set ${local}\n`).join("");

export const onward = `
  local.get $left  i32.const 8  i32.sub
  local.tee $left`;

/** Sets $hash to that of the string `value`; as it is bijective in each word, only whole words can outweigh each other. */
export const hashOf = (value: string): string => `
  local.get ${value}  i32.load 8  local.set $at
  local.get ${value}  i32.load 4  local.tee $left  i64.extend_i32_u  local.set $hash
  ${lastWord}
  block $short
    local.get $left  i32.const 8  i32.le_u  br_if $short
    loop $words
      local.get $hash  local.get $at  i64.load 0  i64.xor
      ${mix(MIX)}
      ${advance("$at")}
      ${onward}
      i32.const 8  i32.gt_u  br_if $words
    end
  end
  local.get $hash  local.get $word  i64.xor
  ${mix(MIX)}
  local.get $hash
  ${mix(FINISH)}`;

export const hashLocals = { $at: "i32", $left: "i32", $word: "i64", $hash: "i64" } as const;

export const unlessString = (value: string, label: string): string => `
  local.get ${value}  i32.load8_u 0  i32.const 3  i32.and
  br_if ${label}`;

/** `size_t opa_value_hash(opa_value *)` */
export const hash: Body = {
  params: ["$value"],
  locals: hashLocals,
  code: `
    block $other
      ${unlessString("$value", "$other")}
      ${hashOf("$value")}
      local.get $hash  i32.wrap_i64  return
    end
    local.get $value
    call $original`,
};

/**
 * Sets $hash to the part of the hash that selects the bucket of the string $key in `collection`; for a constant string,
 * the half that is stored in it.
 */
export const hashFor = (collection: string): string => `
  block $hashed
    block $unhashed
      local.get $key  i32.load8_u 0  i32.const 8  i32.ne  br_if $unhashed
      local.get ${collection}  i32.load 8  i32.const 0x10000  i32.gt_u  br_if $unhashed
      local.get $key  i64.load16_u 2  local.tee $hash  i64.eqz  br_if $unhashed
      br $hashed
    end
    ${hashOf("$key")}
  end`;

/** Leaves for `label` unless the string $known equals $key, whose last word is $keyWord. */
export const unlessSameText = (label: string): string => `
  ${unlessString("$known", label)}
  local.get $known  i32.load 4  local.tee $left  local.get $key  i32.load 4  i32.ne  br_if ${label}
  local.get $known  i32.load 8  local.set $at
  ${lastWord}
  local.get $word  local.get $keyWord  i64.ne  br_if ${label}
  block $same
    local.get $left  i32.const 8  i32.le_u  br_if $same
    local.get $key  i32.load 8  local.set $keyAt
    loop $words
      local.get $at  i64.load 0  local.get $keyAt  i64.load 0  i64.ne  br_if ${label}
      ${advance("$at", "$keyAt")}
      ${onward}
      i32.const 8  i32.gt_u  br_if $words
    end
  end`;

/** `int opa_value_compare(opa_value *a, opa_value *b)`: -1, 0 or 1; strings by their bytes, then by length. */
export const compare: Body = {
  params: ["$a", "$b"],
  locals: { $aAt: "i32", $bAt: "i32", $aLength: "i32", $bLength: "i32", $left: "i32", $aWord: "i64", $bWord: "i64" },
  code: `
    local.get $a  local.get $b  i32.eq  if $identical
      i32.const 0  return
    end
    block $other
      local.get $a  i32.eqz  br_if $other
      local.get $b  i32.eqz  br_if $other
      ${unlessString("$a", "$other")}
      ${unlessString("$b", "$other")}
      local.get $a  i32.load 8  local.set $aAt
      local.get $b  i32.load 8  local.set $bAt
      local.get $a  i32.load 4  local.tee $aLength  local.get $b  i32.load 4  local.tee $bLength
        local.get $aLength  local.get $bLength  i32.lt_u  select  local.set $left
      block $differ
        block $ends
          local.get $left  i32.const 8  i32.ge_u  if $long
            loop $words
              local.get $aAt  i64.load 0  local.tee $aWord  local.get $bAt  i64.load 0  local.tee $bWord  i64.ne
                br_if $differ
              ${advance("$aAt", "$bAt")}
              ${onward}
              i32.const 8  i32.ge_u  br_if $words
            end
          end
          loop $bytes
            local.get $left  i32.eqz  br_if $ends
            local.get $aAt  i64.load8_u 0  local.tee $aWord  local.get $bAt  i64.load8_u 0  local.tee $bWord
              i64.ne  br_if $differ
            local.get $aAt  i32.const 1  i32.add  local.set $aAt
            local.get $bAt  i32.const 1  i32.add  local.set $bAt
            local.get $left  i32.const 1  i32.sub  local.set $left
            br $bytes
          end
        end
        ;; One is the beginning of the other.
        local.get $aLength  local.get $bLength  i32.gt_u  local.get $aLength  local.get $bLength  i32.lt_u
          i32.sub  return
      end
      ;; Texts lie in memory first byte lowest: the lowest byte that differs is the first.
      local.get $aWord  local.get $aWord  local.get $bWord  i64.xor  i64.ctz  i64.const 56  i64.and  i64.shr_u
        i64.const 255  i64.and  local.get $bWord  local.get $aWord  local.get $bWord  i64.xor  i64.ctz
        i64.const 56  i64.and  i64.shr_u  i64.const 255  i64.and  i64.lt_u  if $less
        i32.const -1  return
      end
      i32.const 1  return
    end
    local.get $a  local.get $b
    call $original`,
};
