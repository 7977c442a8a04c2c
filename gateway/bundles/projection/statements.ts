/** Builtins that tell presence and type apart and nothing else; a projection keeps both. */
export const TYPE_CHECKS: ReadonlySet<string> = new Set(
  ["array", "boolean", "null", "number", "object", "set", "string"].map((type) => `is_${type}`),
);

/** Statements that make something out of nothing, or ask of a place only what is kept of every place. */
export const INERT: ReadonlySet<string> = new Set([
  ...["AssignIntStmt", "BreakStmt", "MakeArrayStmt", "MakeNullStmt", "MakeNumberIntStmt", "MakeNumberRefStmt"],
  ...["MakeObjectStmt", "MakeSetStmt", "NopStmt", "ResetLocalStmt"],
  ...["IsArrayStmt", "IsDefinedStmt", "IsObjectStmt", "IsSetStmt", "IsUndefinedStmt"],
]);

/** Statements that put their operands into another value, compare them with one, hand them out or look through them. */
export const USING: ReadonlySet<string> = new Set([
  ...["ArrayAppendStmt", "AssignVarOnceStmt", "LenStmt", "ObjectInsertOnceStmt", "ObjectInsertStmt"],
  ...["ObjectMergeStmt", "ResultSetAddStmt", "ReturnLocalStmt", "SetAddStmt"],
]);
