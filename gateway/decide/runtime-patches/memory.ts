import type { Body } from "./assemble.ts";

/*
 * Memory and memoization of OPA's runtime (https://github.com/open-policy-agent/opa/blob/v1.22.2/wasm/src/malloc.c,
 * memoize.c). The addresses of its static variables are part of the bodies that these replace, and so of their digests.
 */

const HEAP_POINTER = 119_712;
const HEAP_TOP = 119_716;

/** The lists of free blocks: of 4, 8, 16 and 64 bytes. */
const FREE = 119_232;
/** The latest table of remembered rules: the one before at 0, its entries at 4. */
const MEMO = 119_760;

/** Where a list's first block is named, and what is there when it has none: the address of the list's end. */
const [FIRST, LAST] = [16, 20];
/** Bytes of a block before its data: its size, and two links that are zero while it is in use. */
const HEADER = 12;

/**
 * `void *opa_malloc(size_t)`: from the end of the heap where no block of that size waits to be used again and no page is
 * missing.
 */
export const malloc: Body = {
  params: ["$size"],
  locals: { $list: "i32", $block: "i32", $end: "i32", $rounded: "i32" },
  code: `
    block $other
      block $chosen
        i32.const 16  local.set $rounded
        i32.const ${FREE + 64}
        local.set $list
        local.get $size  i32.const 8  i32.gt_u  local.get $size  i32.const 16  i32.le_u  i32.and  br_if $chosen
        local.get $size  i32.const 64  i32.gt_u  br_if $other
        i32.const 64  local.set $rounded
        i32.const ${FREE + 96}
        local.set $list
        local.get $size  i32.const 16  i32.gt_u  br_if $chosen
        i32.const 8  local.set $rounded
        i32.const ${FREE + 32}
        local.set $list
        local.get $size  i32.const 4  i32.gt_u  br_if $chosen
        i32.const 4  local.set $rounded
        i32.const ${FREE}  local.set $list
      end
      local.get $list  i32.load ${FIRST}  local.get $list  i32.const ${LAST}  i32.add  i32.ne  br_if $other
      i32.const 0  i32.load ${HEAP_POINTER}  local.tee $block  local.get $rounded  i32.add  i32.const ${HEADER}
        i32.add  local.tee $end  i32.const 0  i32.load ${HEAP_TOP}  i32.ge_u  br_if $other
      i32.const 0  local.get $end  i32.store ${HEAP_POINTER}
      local.get $block  local.get $rounded  i32.store 0
      local.get $block  i64.const 0  i64.store 4
      local.get $block  i32.const ${HEADER}  i32.add  return
    end
    local.get $size
    call $original`,
};

/**
 * Bytes of an object or a set and of its first buckets behind it; both from the end of the heap where no free block waits
 * for them. As many bytes are set aside for eight buckets as for sixteen, which a sixth member does not make grow.
 */
const EMPTY = { value: 16, buckets: 64 };

/** Eight zero bytes at `at` of the second block. */
const zeros = (at: number): string => `
  local.get $block  i64.const 0  i64.store ${HEADER + EMPTY.value + at}`;

const created = (type: number, buckets: 8 | 16): Body => ({
  params: [],
  locals: { $block: "i32", $end: "i32" },
  code: `
    block $other
      i32.const ${FREE + 64}
      i32.load ${FIRST}
      i32.const ${FREE + 64 + LAST}
      i32.ne  br_if $other
      i32.const ${FREE + 96}
      i32.load ${FIRST}
      i32.const ${FREE + 96 + LAST}
      i32.ne  br_if $other
      i32.const 0  i32.load ${HEAP_POINTER}  local.tee $block
      i32.const ${HEADER + EMPTY.value + HEADER + EMPTY.buckets}
      i32.add  local.tee $end  i32.const 0  i32.load ${HEAP_TOP}  i32.ge_u  br_if $other
      i32.const 0  local.get $end  i32.store ${HEAP_POINTER}
      local.get $block  i32.const ${EMPTY.value}  i32.store 0
      local.get $block  i64.const 0  i64.store 4
      local.get $block  i32.const ${type}  i32.store ${HEADER}
      local.get $block  local.get $block
      i32.const ${HEADER + EMPTY.value + HEADER}
      i32.add
      i32.store ${HEADER + 4}
      local.get $block  i64.const ${buckets}
      i64.store ${HEADER + 8}
      local.get $block  i32.const ${EMPTY.buckets}
      i32.store ${HEADER + EMPTY.value}
      ${zeros(4)}
      ${Array.from({ length: buckets / 2 }, (_, pair) => zeros(HEADER + 8 * pair)).join("")}
      local.get $block  i32.const ${HEADER}  i32.add  return
    end
    call $original`,
});

/** Buckets of an object without members. Where a page of memory ends or a block is free, OPA's own function makes it, with eight. */
export const objectBuckets = 16;

/** `opa_value *opa_object(void)` */
export const object = created(6, objectBuckets);

/** `opa_value *opa_set(void)` */
export const set = created(7, 8);

/** The policy's own functions: the index of the first and how many there are. */
export interface PolicyFunctions {
  readonly first: number;
  readonly count: number;
}

/** Entries of one page of a table; pages are made when something is remembered in them, so that a table costs little. */
const PAGE_BITS = 6;
const PAGE_BYTES = 4 << PAGE_BITS;

const zeroed = (target: string, bytes: number): string => `
  i32.const ${bytes}  call $opa_malloc  local.tee ${target}  local.set $at
  loop $zeros
    local.get $at  i64.const 0  i64.store 0
    local.get $at  i64.const 0  i64.store 8
    local.get $at  i32.const 16  i32.add  local.tee $at  local.get ${target}  i32.const ${bytes}  i32.add
      i32.lt_u  br_if $zeros
  end`;

/** A table of pages, none of them there yet, in front of `before`. */
const newTable = ({ count }: PolicyFunctions, before: string): Body => ({
  params: [],
  locals: { $pages: "i32", $at: "i32", $table: "i32" },
  code: `
    ${zeroed("$pages", Math.max(16, Math.ceil((4 * Math.ceil(count / (1 << PAGE_BITS))) / 16) * 16))}
    i32.const 8  call $opa_malloc  local.tee $table  local.get $pages  i32.store 4
    local.get $table
    ${before}
    i32.store 0
    i32.const 0  local.get $table
    i32.store ${MEMO}`,
});

/** `void opa_memoize_init(void)` */
export const memoizeInit = (policy: PolicyFunctions): Body => newTable(policy, "i32.const 0");

/** `void opa_memoize_push(void)`; `opa_memoize_pop` stays as it is. */
export const memoizePush = (policy: PolicyFunctions): Body => newTable(policy, `i32.const 0\ni32.load ${MEMO}`);

/** Sets $place to that of the page's address. A function that is none of the policy's own is never remembered. */
const placeOfPage = ({ first, count }: PolicyFunctions, otherwise: string): string => `
  local.get $index  i32.const ${first}  i32.sub  local.tee $index  i32.const ${count}  i32.ge_u  if $unknown
    ${otherwise}
    return
  end
  i32.const 0  i32.load ${MEMO}  i32.load 4  local.get $index  i32.const ${PAGE_BITS}  i32.shr_u  i32.const 2
    i32.shl  i32.add
  local.set $place`;

const placeInPage = `
  local.get $index
  i32.const ${(1 << PAGE_BITS) - 1}
  i32.and  i32.const 2  i32.shl
  i32.add`;

/** `opa_value *opa_memoize_get(int32_t index)` */
export const memoizeGet = (policy: PolicyFunctions): Body => ({
  params: ["$index"],
  locals: { $place: "i32" },
  code: `
    ${placeOfPage(policy, "i32.const 0")}
    local.get $place  i32.load 0  local.tee $place  if $known
      local.get $place
      ${placeInPage}
      i32.load 0  return
    end
    i32.const 0`,
});

/** `void opa_memoize_insert(int32_t index, opa_value *value)` */
export const memoizeInsert = (policy: PolicyFunctions): Body => ({
  params: ["$index", "$value"],
  locals: { $place: "i32", $page: "i32", $at: "i32" },
  code: `
    ${placeOfPage(policy, "")}
    local.get $place  i32.load 0  local.tee $page  i32.eqz  if $first
      ${zeroed("$page", PAGE_BYTES)}
      local.get $place  local.get $page  i32.store 0
    end
    local.get $page
    ${placeInPage}
    local.get $value
    i32.store 0`,
});
