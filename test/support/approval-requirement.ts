/** A requirement in Rego that one data approver agrees. `summary`: a term of Rego. */
export function requirementInRego(summary: string): string {
  return `requirement := {
	"require": [{"role": "data-approver", "count": 1}],
	"distinct_from": [],
	"approve_within": 900,
	"execute_within": 300,
	"justification": false,
	"scope": "once",
	"summary": ${summary},
}
`;
}
