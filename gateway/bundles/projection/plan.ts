/** The parts of OPA's compiled plan that are read (https://www.openpolicyagent.org/docs/latest/ir/). */
export interface Plan {
  readonly static: {
    readonly strings?: readonly { readonly value: string }[];
    readonly builtin_funcs?: readonly { readonly name: string }[];
  };
  readonly plans: { readonly plans: readonly { readonly name: string; readonly blocks: readonly Block[] }[] };
  readonly funcs?: { readonly funcs?: readonly PlannedFunction[] };
}

export interface PlannedFunction {
  readonly name: string;
  readonly params: readonly number[];
  readonly blocks: readonly Block[];
  /** The name by which a dynamic call finds it. */
  readonly path?: readonly string[];
}

export interface Block {
  readonly stmts: readonly Statement[] | null;
}

export type Operand =
  | { readonly type: "local"; readonly value: number }
  | { readonly type: "string_index"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean };

/** Not validated as a whole: the plan comes from the OPA that the gateway runs, and each part is checked when it is read. */
export interface Statement {
  readonly type: string;
  readonly stmt: StatementBody;
}

export interface StatementBody {
  readonly source?: Operand | number;
  readonly key?: Operand | number;
  readonly value?: Operand | number;
  readonly a?: Operand | number;
  readonly b?: Operand | number;
  readonly target?: number;
  readonly result?: number;
  readonly local?: number;
  readonly func?: string;
  readonly args?: readonly (Operand | number)[];
  readonly path?: readonly (Operand | number)[] | null;
  readonly block?: Block;
  readonly blocks?: readonly Block[];
}

/** Local 0 is the input and local 1 the data, in plans and in functions. */
export const PLAN_PARAMETERS: readonly number[] = [0, 1];

/** Builtins that depend only on the presence and type of a value, which a projection keeps. */
export const TYPE_CHECKS: ReadonlySet<string> = new Set(
  ["array", "boolean", "null", "number", "object", "set", "string"].map((type) => `is_${type}`),
);

/** Statements that create a value, or test only the presence and type of one, which every projection keeps. */
export const CREATING_STATEMENTS: ReadonlySet<string> = new Set([
  ...["AssignIntStmt", "BreakStmt", "MakeArrayStmt", "MakeNullStmt", "MakeNumberIntStmt", "MakeNumberRefStmt"],
  ...["MakeObjectStmt", "MakeSetStmt", "NopStmt", "ResetLocalStmt"],
  ...["IsArrayStmt", "IsDefinedStmt", "IsObjectStmt", "IsSetStmt", "IsUndefinedStmt"],
]);

/** Statements that read all of their operands: store, compare, return or iterate them. */
export const CONSUMING_STATEMENTS: ReadonlySet<string> = new Set([
  ...["ArrayAppendStmt", "AssignVarOnceStmt", "LenStmt", "ObjectInsertOnceStmt", "ObjectInsertStmt"],
  ...["ObjectMergeStmt", "ResultSetAddStmt", "ReturnLocalStmt", "SetAddStmt"],
]);
