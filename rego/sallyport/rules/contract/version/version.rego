package sallyport.rules.contract.version

import future.keywords.not

import data.sallyport.reason

# METADATA
# title: The call is not of contract version 1, phase call
# description: This library knows one version of the input. A document of another shape is not judged by guessing.
# custom:
#   code: CONTRACT_UNSUPPORTED
#   severity: critical
#   controls: [ASI08]
#   owner: platform-security
_not_understood := reason.of(rego.metadata.chain())

deny contains _not_understood if not _understood

_understood if {
	input.contract == 1
	input.phase == "call"
}
