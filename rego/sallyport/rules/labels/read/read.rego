package sallyport.rules.labels.read

import future.keywords.not

import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: The session is marked with what the tool touches
# description: >-
#   Of the catalog's `labels`, before the call is sent; they never leave a session, and exfiltration/chain reads them.
#   What a result brings is not set here: when it comes back, the gateway itself sets `read:private` and
#   `read:untrusted` by `returns` in the catalog, before the answer leaves.
# custom:
#   code: LABELS_ADDED
#   severity: low
#   controls: [ASI01]
#   owner: platform-security
oblige contains {"type": "label_session", "labels": sort(labels)} if {
	labels := {label | some label in input.resource.properties.catalog.labels}
	count(labels) > 0
}

# METADATA
# title: It is not known what the tool touches
# description: Without a list of labels, even an empty one, what the session has read could not be remembered.
# custom:
#   code: LABELS_UNKNOWN
#   severity: high
#   controls: [ASI01]
#   owner: platform-security
_labels_unknown := reason.of(rego.metadata.chain())

deny contains _labels_unknown if not _labels_known

_labels_known if target.other_than_tool(input.resource.type)

_labels_known if {
	is_array(input.resource.properties.catalog.labels)
	every label in input.resource.properties.catalog.labels {
		is_string(label)
	}
}
