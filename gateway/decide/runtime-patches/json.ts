import type { Body } from "./assemble.ts";
import { advance, onward } from "./strings.ts";

/*
 * JSON text, eight bytes at a time where nothing in it has to be escaped
 * (https://github.com/open-policy-agent/opa/blob/v1.22.2/wasm/src/json.c).
 */

const everyByte = (byte: number): string => `0x${byte.toString(16).padStart(2, "0").repeat(8)}`;

/** A set high bit in each byte of $word that is `byte`; above the first such byte there may be more. */
const bytesThatAre = (byte: number): string => `
  local.get $word  i64.const ${everyByte(byte)}  i64.xor  local.tee $differing  i64.const ${everyByte(0x01)}
    i64.sub  local.get $differing  i64.const -1  i64.xor  i64.and  i64.const ${everyByte(0x80)}
  i64.and`;

/** The same of bytes below the space. */
const controlBytes = `
  local.get $word  i64.const ${everyByte(0x20)}  i64.sub  local.get $word  i64.const -1  i64.xor  i64.and
    i64.const ${everyByte(0x80)}
  i64.and`;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

/** A token that ends at a quote with nothing to undo in it. */
const STRING = 6;

/**
 * `int opa_json_lex_read_string(opa_json_lex *)`: input at 0, its length at 4; the token begins at 8, ends at 12, and
 * reading goes on at 16.
 */
export const lexString: Body = {
  params: ["$lexer"],
  locals: { $at: "i32", $end: "i32", $word: "i64", $differing: "i64" },
  code: `
    block $other
      local.get $lexer  i32.load 16  local.tee $at  i32.load8_u 0  i32.const ${QUOTE}  i32.ne  br_if $other
      local.get $at  i32.const 1  i32.add  local.set $at
      local.get $lexer  i32.load 0  local.get $lexer  i32.load 4  i32.add  local.set $end
      loop $words
        local.get $at  i32.const 8  i32.add  local.get $end  i32.gt_u  br_if $other
        local.get $at  i64.load 0  local.set $word
        ${bytesThatAre(QUOTE)}
        ${bytesThatAre(BACKSLASH)}
        i64.or
        ${bytesThatAre(DELETE)}
        i64.or
        ${controlBytes}
        i64.or  local.get $word  i64.const ${everyByte(0x80)}  i64.and  i64.or  local.tee $word  i64.eqz
          if $plain
          ${advance("$at")}
          br $words
        end
      end
      local.get $at  local.get $word  i64.ctz  i32.wrap_i64  i32.const 3  i32.shr_u  i32.add  local.tee $at
        i32.load8_u 0  i32.const ${QUOTE}  i32.ne  br_if $other
      local.get $lexer  local.get $lexer  i32.load 16  i32.const 1  i32.add  i32.store 8
      local.get $lexer  local.get $at  i32.store 12
      local.get $lexer  local.get $at  i32.const 1  i32.add  i32.store 16
      i32.const ${STRING}  return
    end
    local.get $lexer
    call $original`,
};

/** Copies $left bytes from $from to $to; of the last word's bytes some may be copied twice. */
const copy = `
  block $copied
    local.get $left  i32.const 8  i32.ge_u  if $long
      local.get $to  local.get $left  i32.add  i32.const 8  i32.sub  local.get $from  local.get $left  i32.add
        i32.const 8  i32.sub  i64.load 0  i64.store 0
      loop $words
        local.get $to  local.get $from  i64.load 0  i64.store 0
        ${advance("$to", "$from")}
        ${onward}
        i32.const 8  i32.gt_u  br_if $words
      end
      br $copied
    end
    loop $bytes
      local.get $left  i32.eqz  br_if $copied
      local.get $to  local.get $from  i32.load8_u 0  i32.store8 0
      local.get $to  i32.const 1  i32.add  local.set $to
      local.get $from  i32.const 1  i32.add  local.set $from
      local.get $left  i32.const 1  i32.sub  local.set $left
      br $bytes
    end
  end`;

/** `opa_value *opa_json_parse_string(int token, const char *text, int length)` */
export const parseString: Body = {
  params: ["$token", "$from", "$length"],
  locals: { $text: "i32", $to: "i32", $left: "i32" },
  code: `
    local.get $token  i32.const ${STRING}  i32.eq  if $plain
      local.get $length  local.tee $left  call $opa_malloc  local.tee $text  local.set $to
      ${copy}
      local.get $text  local.get $length  call $opa_string_allocated  return
    end
    local.get $token  local.get $from  local.get $length
    call $original`,
};

/** A set high bit in each byte of $word that cannot stand in a JSON text as it is, and perhaps in some above the first. */
const toEscape = `
  ${bytesThatAre(QUOTE)}
  ${bytesThatAre(BACKSLASH)}
  i64.or
  ${controlBytes}
  i64.or`;

/** `int opa_json_writer_emit_string(opa_json_writer *, opa_string_t *)`: buffer at 0, the next byte at 4, its size at 8. */
export const writeString: Body = {
  params: ["$writer", "$string"],
  locals: { $from: "i32", $to: "i32", $left: "i32", $word: "i64", $differing: "i64" },
  code: `
    block $other
      local.get $string  i32.load 8  local.set $from
      local.get $string  i32.load 4  local.set $left
      local.get $writer  i32.load 4  local.tee $to  local.get $writer  i32.load 0  i32.sub  local.get $left
        i32.add  i32.const 2  i32.add  local.get $writer  i32.load 8  i32.gt_u  br_if $other
      local.get $to  i32.const ${QUOTE}  i32.store8 0
      local.get $to  i32.const 1  i32.add  local.set $to
      block $short
        local.get $left  i32.const 8  i32.lt_u  br_if $short
        loop $words
          local.get $from  i64.load 0  local.set $word
          ${toEscape}
          i64.const 0  i64.ne  br_if $other
          local.get $to  local.get $word  i64.store 0
          ${advance("$to", "$from")}
          ${onward}
          i32.const 8  i32.ge_u  br_if $words
        end
      end
      block $written
        loop $bytes
          local.get $left  i32.eqz  br_if $written
          local.get $from  i64.load8_u 0  local.tee $word  i64.const 0x2020202020202000  i64.or  local.set $word
          ${toEscape}
          i64.const 0  i64.ne  br_if $other
          local.get $to  local.get $word  i32.wrap_i64  i32.store8 0
          local.get $to  i32.const 1  i32.add  local.set $to
          local.get $from  i32.const 1  i32.add  local.set $from
          local.get $left  i32.const 1  i32.sub  local.set $left
          br $bytes
        end
      end
      local.get $to  i32.const ${QUOTE}  i32.store8 0
      local.get $writer  local.get $to  i32.const 1  i32.add  i32.store 4
      i32.const 0  return
    end
    local.get $writer  local.get $string
    call $original`,
};
