package sallyport.rules.envoy.authz

import future.keywords.not

import data.sallyport.lib.envoy
import data.sallyport.reason

# METADATA
# title: The OPA-Envoy policy allows the request
# description: Its allow permits the call, as an entitlement does; holds and denials of other rules still stand.
# custom:
#   code: ENVOY_ALLOWED
#   severity: low
#   controls: [ASI02]
#   owner: platform-security
_envoy_allowed := reason.of(rego.metadata.chain())

# METADATA
# title: The OPA-Envoy policy does not allow the request
# description: It said no, or nothing, or something that is no answer. Its own words follow when it gave some.
# custom:
#   code: ENVOY_DENIED
#   severity: high
#   controls: [ASI02]
#   owner: platform-security
_envoy_denied := reason.of(rego.metadata.chain())

permit contains _envoy_allowed if {
	some server in data.sallyport.envoy.servers
	server == input.resource.properties.server

	# Only behind the name of a server: what the answer reads is not sent for others.
	# regal ignore:non-loop-expression
	envoy.allowed(_answer)
}

deny contains reason.saying(_envoy_denied, envoy.detail(_answer)) if {
	some server in data.sallyport.envoy.servers
	server == input.resource.properties.server
	not envoy.allowed(_answer)
}

# Of another type than any answer, so that silence is no.
default _answer := null

# METADATA
# description: A site without a policy of that kind has no such package.
# custom:
#   optional: [data.envoy.authz.allow]
_answer := answer if {
	document := envoy.document(input)
	answer := data.envoy.authz.allow with input as document
}
