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
# description: It denied, gave no answer, or a malformed one. Its own message follows when there is one.
# custom:
#   code: ENVOY_DENIED
#   severity: high
#   controls: [ASI02]
#   owner: platform-security
_envoy_denied := reason.of(rego.metadata.chain())

permit contains _envoy_allowed if {
	some server in data.sallyport.envoy.servers
	server == input.resource.properties.server

	# Tested after the server's name, so that what the answer reads is not sent for other servers.
	# regal ignore:non-loop-expression
	envoy.allowed(_answer)
}

deny contains reason.saying(_envoy_denied, envoy.detail(_answer)) if {
	some server in data.sallyport.envoy.servers
	server == input.resource.properties.server
	not envoy.allowed(_answer)
}

# A value of another type than any answer, so that no answer denies.
default _answer := null

# METADATA
# description: A site without such a policy has no such package.
# custom:
#   optional: [data.envoy.authz.allow]
_answer := answer if {
	document := envoy.document(input)
	answer := data.envoy.authz.allow with input as document
}
