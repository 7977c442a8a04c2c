package sallyport.rules.sensitivity.proof

import future.keywords.not

import data.sallyport.lib.target
import data.sallyport.reason

# METADATA
# title: A tool of high sensitivity needs a token that is bound to a key
# description: >-
#   A bearer token can be copied. DPoP or mutual TLS proves that the caller holds the key the token was issued to.
#   A tool of unknown sensitivity counts as high.
# related_resources:
#   - https://www.rfc-editor.org/rfc/rfc9449
# custom:
#   code: PROOF_REQUIRED
#   severity: high
#   controls: [ASI03]
#   owner: platform-security
_proof_required := reason.of(rego.metadata.chain())

deny contains _proof_required if {
	not _bearer_is_enough
	not _key_proven
}

_bearer_is_enough if target.other_than_tool(input.resource.type)

_bearer_is_enough if input.resource.properties.catalog.sensitivity in {"low", "medium"}

_key_proven if {
	input.subject.properties.proof.method in {"dpop", "mtls"}
	target.identified(input.subject.properties.proof.key)
}
