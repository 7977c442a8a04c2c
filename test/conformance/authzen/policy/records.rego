package sallyport.rules.records.access

import data.sallyport.reason

# METADATA
# title: The certification scenario permits this
# description: Its eight decisions, and nothing else about records.
# custom:
#   code: RECORD_ACCESS
#   severity: low
#   controls: [ASI03]
#   owner: platform-security
_record_access := reason.of(rego.metadata.chain())

permit contains _record_access if {
	input.action.properties.protocol == "authzen"
	input.resource.type == "record"
	_permitted
}

_permitted if {
	input.action.name == "read"
	input.subject.id in {"alice", "bob"}
}

_permitted if {
	input.action.name == "write"
	input.subject.id == "alice"
	not _archived
}

_permitted if {
	input.action.name == "write"
	input.subject.properties.asserted.role == "admin"
}

_permitted if {
	input.action.name == "delete"
	input.subject.id == "alice"
	input.action.properties.asserted.soft == true
}

_archived if input.resource.properties.asserted.status == "archived"
