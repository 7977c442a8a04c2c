# METADATA
# title: Inputs for tests
# description: >-
#   Builds whole inputs as the gateway writes them, so that a test only names what it is about. Not part of a bundle.
package sallyport.testing

# METADATA
# description: The input of a call that every rule permits, in working hours.
allowed := call("refund-bot", ["refunds"], "payments", "get_order", {"order_id": "881"})

# METADATA
# description: A tool call with the facts of the catalog, an empty session and no approval.
call(id, roles, server, tool, arguments) := {
	"contract": 1,
	"phase": "call",
	"subject": _subject(id, roles),
	"action": {
		"name": "tools/call",
		"properties": {"protocol": "http", "protocol_version": "1.1", "method": "POST"},
	},
	"resource": {
		"type": "tool",
		"id": concat("/", [server, tool]),
		"properties": {
			"server": server,
			"tool": tool,
			"request": {"host": "gateway.example", "path": "/", "segments": [], "query": [], "headers": {}},
			"catalog": facts(server, tool),
			"declared": {"readOnlyHint": null, "destructiveHint": null},
			"definition": {
				"kind": "tool",
				"name": null,
				"digest": null,
				"pinned": false,
				"changed": false,
				"pins": "first_use",
				"accepted": false,
			},
		},
	},
	"context": _context(arguments),
}

# METADATA
# description: A message of the MCP protocol to a server as a whole.
message(id, roles, server, method) := changed(call(id, roles, server, server, {}), {
	"action": {"name": method, "properties": {"protocol": "mcp", "protocol_version": "2025-11-25"}},
	"resource": {"type": "server", "id": server, "properties": {"definition": {"kind": null}}},
})

# METADATA
# description: What an MCP server asks its caller, while this tool runs; null when that is not known.
asking(server, tool, kind, params) := changed(message("support-bot", ["support"], server, _methods[kind]), {
	"resource": {"type": kind, "properties": {"tool": tool}},
	"context": {"arguments": params},
})

# METADATA
# description: A request for a prompt, a resource or a resource template of an MCP server; in phase list, an item.
asked(id, roles, kind, server, name) := changed(message(id, roles, server, _methods[kind]), {"resource": {
	"type": kind,
	"id": concat("/", [server, name]),
	"properties": {"tool": name, "definition": {"kind": kind, "name": name}},
}})

_methods := {
	"sampling": "sampling/createMessage",
	"elicitation": "elicitation/create",
	"roots": "roots/list",
	"prompt": "prompts/get",
	"resource": "resources/read",
	"resource_template": "resources/read",
}

# METADATA
# description: The catalog's facts as the gateway passes them on.
facts(server, tool) := _with_returns(object.union(unknown_tool, object.union({"known": true}, entry))) if {
	line := data.sallyport.catalog[server][tool]
	object.get(line, "kind", "tool") == "tool"
	entry := object.remove(line, ["kind"])
} else := unknown_tool

# METADATA
# description: The facts of a tool that is not in the catalog.
unknown_tool := {
	"known": false,
	"sensitivity": null,
	"reversible": null,
	"sink": null,
	"external_if": [],
	"mutates": null,
	"destination": [],
	"target": [],
	"returns": null,
	"confirms": [],
	"remarks": [],
	"asked_by": [],
	"owner": null,
	"definition": null,
	"labels": [],
	"price": {},
	"facts": {},
}

_with_returns(facts) := object.union(facts, {"returns": object.union(
	{"labels": [], "trusted_fields": [], "own_fields": [], "author": [], "own_text": false},
	facts.returns,
)}) if {
	is_object(facts.returns)
} else := facts

# METADATA
# description: The URL facts of one URL.
link(scheme, host, port) := {"pointer": "/url", "scheme": scheme, "host": host, "ip_class": null, "port": port}

# METADATA
# description: >-
#   The provenance of one value: its pointer, its role, and how it was met. A URL has a host that was never met; what is
#   met in a result is from mail/read.
value(pointer, role, kind, seen) := {
	"pointer": pointer,
	"role": role,
	"kind": kind,
	"seen": seen,
	"inside": false,
	"host": _host(kind),
	"identified": false,
	"back": false,
	"tool": _source(seen),
	"ago": _ago(seen),
}

_host("url") := "never"

_host(kind) := null if kind != "url"

_source(seen) := "mail/read" if {
	seen in {"approved", "created", "people", "trusted", "untrusted", "private"}
} else := null

_ago(seen) := 30 if {
	is_string(_source(seen))
} else := null

# METADATA
# description: A call in a session that has read something untrusted, with the provenance of its values.
tainted(document, provenance) := in_context(document, {
	"provenance": provenance,
	"session": {"labels": ["read:untrusted"]},
})

# METADATA
# description: The task of a call that it gives whole.
task := {
	"id": "t_1",
	"purpose": "refund order 881",
	"tools": ["payments/*"],
	"targets": null,
	"serves": null,
	"parent": null,
	"within": [],
	"state": "open",
	"expires_in": 1200,
	"calls_left": 17,
	"concurrent_left": null,
	"spend": [],
	"outside": [],
}

# METADATA
# description: The document with these members replaced, at any depth.
changed(document, patch) := object.union(document, patch)

# METADATA
# description: The document without what these pointers name.
without(document, pointers) := json.remove(document, pointers)

# METADATA
# description: The document with another value in the member of its catalog facts.
catalogued(document, name, value) := changed(document, {"resource": {"properties": {"catalog": {name: value}}}})

# METADATA
# description: The document with other members in its context.
in_context(document, patch) := changed(document, {"context": patch})

# METADATA
# description: The fact of an approval whose requirement was stricter than that of any rule here.
approved(approvers, age) := {
	"status": "approved",
	"id": "a_1",
	"approvers": approvers,
	"age": age,
	"scope": "once",
	"grant": null,
	"asked": {
		"require": [{"role": role, "count": 9} | some role in ["cfo", "data-approver", "payments-approver", "security"]],
		"distinct_from": ["acting_for", "agent_owner"],
		"justification": true,
		"proof": "passkey",
	},
	"reason": null,
}

# METADATA
# description: The approval fact of a call that a grant covers.
granted(kind, uses, seconds) := changed(approved(["bob"], 5), {
	"id": "g_1",
	"scope": kind,
	"grant": {"uses": uses, "seconds": seconds},
})

# METADATA
# description: What reasons are about, without their sentences.
codes(reasons) := {each.code | some each in reasons}

_subject(id, roles) := {
	"type": "agent",
	"id": id,
	"properties": {
		"issuer": "https://issuer.example",
		"client_id": id,
		"roles": roles,
		"scopes": [],
		"claims": {},
		"claims_omitted": [],
		"proof": {"method": "none", "key": null},
		"acting_for": null,
		"actor_chain": [],
	},
}

_context(arguments) := {
	"arguments": arguments,
	"arguments_omitted": false,
	"detected": [],
	"urls": [],
	"provenance": [],
	"secrets": [],
	"copied": [],
	"completes": null,
	"before": {"same": false, "there": 0},
	"asked": null,
	"intent": {"purpose": null, "declared_by": "none", "truncated": false},
	"task": null,
	"session": {"id": "s_1", "trust": "token", "calls": 0, "labels": [], "history": []},
	"approval": {
		"status": "none", "id": null, "approvers": [], "age": null, "scope": null, "grant": null,
		"asked": null, "reason": null,
	},
	"risk": {"score": null, "signals": []},
	"time": {"ns": 1790000000000000000, "weekday": "Tuesday", "hour": 14, "zone": "UTC"},
	"gateway": {"instance": "gw-1", "environment": "test"},
}
