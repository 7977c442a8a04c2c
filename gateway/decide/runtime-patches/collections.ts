import type { Body } from "./assemble.ts";
import { hashFor, hashLocals, lastWord, unlessSameText, unlessString } from "./strings.ts";
import { types, WRITTEN } from "./value-layout.ts";

/*
 * Look-ups of strings in objects and sets. In both (types 6 and 7) the address of the buckets is at 4, their number,
 * always a power of two, at 8, and the number of elements at 12. Of an object's element the key is at 0, the value at 4
 * and the next one at 8; of a set's the value is at 0 and the next one at 4.
 */
const { object: OBJECT, set: SET, number: NUMBER, array: ARRAY } = types;
const nextOf = { [OBJECT]: 8, [SET]: 4 };

const findLocals = { ...hashLocals, $element: "i32", $known: "i32", $keyAt: "i32", $keyWord: "i64" } as const;

/** Sets $bucket to the place of the chain for $hash in `collection`. */
const bucketOf = (collection: string): string => `
  local.get ${collection}  i32.load 4  local.get $hash  i32.wrap_i64  local.get ${collection}  i32.load 8
    i32.const 1  i32.sub  i32.and  i32.const 2  i32.shl  i32.add
  local.set $bucket`;

/** Runs `found` with the element of the string $key in $element, or goes on behind it when there is none. */
const find = (collection: string, type: typeof OBJECT | typeof SET, found: string): string => `
  ${hashFor(collection)}
  ${bucketOf(collection)}
  local.get $bucket  i32.load 0  local.set $element
  block $none
    local.get $element  i32.eqz  br_if $none
    local.get $key  i32.load 8  local.set $at
    local.get $key  i32.load 4  local.set $left
    ${lastWord}
    local.get $word  local.set $keyWord
    loop $chain
      local.get $element  i32.eqz  br_if $none
      block $next
        local.get $element  i32.load 0  local.tee $known  local.get $key  i32.ne  if $elsewhere
          ${unlessSameText("$next")}
        end
        ${found}
      end
      local.get $element  i32.load ${nextOf[type]}  local.set $element
      br $chain
    end
  end`;

const unlessType = (value: string, type: number, label: string): string => `
  local.get ${value}  i32.load8_u 0  i32.const ${type}  i32.ne
  br_if ${label}`;

/**
 * A loop asks a set for the element that it has just returned, and then for the next one. With few buckets that element
 * is found by its address, without hashing it again.
 */
const FEW = 16;

/** Runs `found` with the element of `type` whose key is at $key in $element and its bucket's place in $bucket, or goes on. */
const findAddress = (collection: string, next: string, found: string): string => `
  local.get ${collection}  i32.load 4  local.tee $bucket  local.get ${collection}  i32.load 8  i32.const 2
    i32.shl  i32.add  local.set $last
  loop $buckets
    local.get $bucket  i32.load 0  local.set $element
    block $empty
      loop $chain
        local.get $element  i32.eqz  br_if $empty
        local.get $element  i32.load 0  local.get $key  i32.eq  if $here
          ${found}
        end
        local.get $element
        ${next}
        i32.load 0  local.set $element
        br $chain
      end
    end
    local.get $bucket  i32.const 4  i32.add  local.tee $bucket  local.get $last  i32.lt_u  br_if $buckets
  end`;

const ifFew = (collection: string, then: string): string => `
  local.get ${collection}  i32.load 8  i32.const ${FEW}  i32.le_u  if $few
    ${then}
  end`;

/** OPA reads numbers of fewer characters than this as an index when their fraction is zero. */
const INDEX_LENGTH = 20;

/**
 * The item of the array $node at an index that is written with a zero fraction, as OPA's interpreter finds it (`1.0`, but
 * not `1e0`): the original takes integers only, so the key is as long as its whole part while it looks. Or goes on.
 */
const itemAtFraction = `
  block $integer
    local.get $key  i32.eqz  br_if $integer
    ${unlessType("$key", NUMBER, "$integer")}
    local.get $key  i32.load8_u 1  i32.const ${WRITTEN}  i32.ne  br_if $integer
    local.get $key  i32.load 12  local.tee $left  i32.const ${INDEX_LENGTH}  i32.ge_u  br_if $integer
    local.get $key  i32.load 8  local.get $left  i32.add  local.set $at
    loop $zeros
      local.get $at  local.get $key  i32.load 8  i32.le_u  br_if $integer
      local.get $at  i32.const 1  i32.sub  local.tee $at  i32.load8_u 0  i32.const 0x30  i32.eq  br_if $zeros
    end
    local.get $at  i32.load8_u 0  i32.const 0x2e  i32.ne  br_if $integer
    local.get $key  local.get $at  local.get $key  i32.load 8  i32.sub  i32.store 12
    local.get $node  local.get $key  call $original  local.set $element
    local.get $key  local.get $left  i32.store 12
    local.get $element  return
  end`;

/**
 * `opa_value *opa_value_get(opa_value *node, opa_value *key)`: a string in an object, what is at that address in a set, or
 * the item of an array at an index with a zero fraction.
 */
export const get: Body = {
  params: ["$node", "$key"],
  locals: { ...findLocals, $bucket: "i32", $last: "i32" },
  code: `
    block $other
      local.get $node  i32.eqz  br_if $other
      local.get $node  i32.load8_u 0  i32.const ${ARRAY}  i32.eq  if $array
        ${itemAtFraction}
        br $other
      end
      local.get $node  i32.load8_u 0  i32.const ${SET}  i32.eq  if $set
        ${ifFew("$node", findAddress("$node", `i32.const ${nextOf[SET]}\ni32.add`, "local.get $key\nreturn"))}
        br $other
      end
      ${unlessType("$node", OBJECT, "$other")}
      ${unlessString("$key", "$other")}
      ${find("$node", OBJECT, "local.get $element\ni32.load 4\nreturn")}
      i32.const 0  return
    end
    local.get $node  local.get $key
    call $original`,
};

/** `opa_value *builtin_member(opa_value *key, opa_value *collection)`: a string in a set. */
export const member: Body = {
  params: ["$key", "$collection"],
  locals: { ...findLocals, $bucket: "i32" },
  code: `
    block $other
      local.get $collection  i32.eqz  br_if $other
      ${unlessType("$collection", SET, "$other")}
      ${unlessString("$key", "$other")}
      ${find("$collection", SET, "i32.const 1\ncall $opa_boolean\nreturn")}
      i32.const 0  call $opa_boolean  return
    end
    local.get $key  local.get $collection
    call $original`,
};

/** `void __opa_object_insert(opa_object_t *object, opa_value *key, opa_value *value, int free_dup_key)`: a new string where there is room. */
export const insert: Body = {
  params: ["$object", "$key", "$value", "$free"],
  locals: { ...hashLocals, $bucket: "i32", $element: "i32" },
  code: `
    block $other
      ${unlessString("$key", "$other")}
      ;; At seven tenths the original makes more buckets.
      local.get $object  i32.load 12  i32.const 1  i32.add  i32.const 10  i32.mul  local.get $object  i32.load 8
        i32.const 7  i32.mul  i32.gt_u  br_if $other
      ${hashFor("$object")}
      ${bucketOf("$object")}
      local.get $bucket  i32.load 0  br_if $other
      i32.const 12  call $opa_malloc  local.tee $element  local.get $key  i32.store 0
      local.get $element  local.get $value  i32.store 4
      local.get $element  i32.const 0  i32.store 8
      local.get $bucket  local.get $element  i32.store 0
      local.get $object  local.get $object  i32.load 12  i32.const 1  i32.add  i32.store 12
      return
    end
    local.get $object  local.get $key  local.get $value  local.get $free
    call $original`,
};

/** Returns the first key of the buckets behind $bucket, or zero. */
const firstBehind = `
  local.get $node  i32.load 4  local.get $node  i32.load 8  i32.const 2  i32.shl  i32.add  local.set $last
  loop $later
    local.get $bucket  i32.const 4  i32.add  local.tee $bucket  local.get $last  i32.ge_u  if $end
      i32.const 0  return
    end
    local.get $bucket  i32.load 0  local.tee $element  i32.eqz  br_if $later
  end
  local.get $element  i32.load 0
  return`;

/** Returns the key behind $element. */
const following = `
  local.get $element  local.get $next  i32.add  i32.load 0  local.tee $element  if $inChain
    local.get $element  i32.load 0  return
  end
  ${firstBehind}`;

/** `opa_value *opa_value_iter(opa_value *node, opa_value *previous)`: the key behind that one, or the first. */
export const iterate: Body = {
  params: ["$node", "$key"],
  locals: { ...hashLocals, $bucket: "i32", $last: "i32", $element: "i32", $next: "i32" },
  code: `
    block $other
      local.get $node  i32.eqz  br_if $other
      local.get $node  i32.load8_u 0  i32.const ${OBJECT}  i32.sub  i32.const 1  i32.gt_u  br_if $other
      local.get $node  i32.load 12  i32.eqz  if $empty
        i32.const 0  return
      end
      ;; Where an element names the next one: at 8 of an object, at 4 of a set.
      i32.const ${SET + 1}
      local.get $node  i32.load8_u 0  i32.sub  i32.const 2  i32.shl  local.set $next
      local.get $key  i32.eqz  if $start
        local.get $node  i32.load 4  i32.const 4  i32.sub  local.set $bucket
        ${firstBehind}
      end
      block $addressed
        ${unlessString("$key", "$addressed")}
        ${hashFor("$node")}
        ${bucketOf("$node")}
        local.get $bucket  i32.load 0  local.set $element
        loop $chain
          local.get $element  i32.eqz  br_if $other
          local.get $element  i32.load 0  local.get $key  i32.eq  if $here
            ${following}
          end
          local.get $element  local.get $next  i32.add  i32.load 0  local.set $element
          br $chain
        end
      end
      ${ifFew("$node", findAddress("$node", "local.get $next\ni32.add", following))}
    end
    local.get $node  local.get $key
    call $original`,
};
