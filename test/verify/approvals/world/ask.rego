package sallyport.rules.verify.ask

import data.sallyport.reason

# METADATA
# title: The proof asks people about this tool
# description: The whole requirement stands in `data.sallyport.questions`, so that a proof can say what it needs.
# custom:
#   code: ASKED_FOR_PROOF
#   severity: medium
#   controls: [ASI09]
#   owner: platform-security
_asked := reason.of(rego.metadata.chain())

hold contains {"reason": _asked, "approval": requirement} if {
	requirement := data.sallyport.questions[input.resource.properties.server][input.resource.properties.tool]
}
