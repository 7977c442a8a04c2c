# METADATA
# title: The input and the answers of OPA-Envoy
# description: >-
#   An existing policy for opa-envoy-plugin reads a CheckRequest and answers `allow` as a boolean or an object. Here the
#   request is built from the policy contract, and the answer is read.
# related_resources:
#   - https://www.openpolicyagent.org/docs/envoy#example-input
package sallyport.lib.envoy

# METADATA
# description: >-
#   The document such a policy reads. Only verified facts: of the headers there are those that the route names, the
#   pseudo-headers and an authorization header that the gateway writes itself.
document(call) := {
	"attributes": {
		"source": {"principal": call.subject.id},
		"destination": {"principal": call.resource.properties.server},
		"request": {"http": {
			"method": call.action.properties.method,
			"path": _path(request),
			"host": request.host,
			"scheme": "https",
			"protocol": "HTTP/1.1",
			"headers": object.union(request.headers, {
				":method": call.action.properties.method,
				":path": _path(request),
				":authority": request.host,
				"authorization": concat(" ", ["Bearer", _token(call.subject.properties.claims)]),
			}),
			"body": json.marshal(call.context.arguments),
		}},
	},
	"parsed_path": request.segments,
	"parsed_query": {name: [pair[1] | some pair in request.query; pair[0] == name] |
		some [name, _] in request.query
	},
	"parsed_body": call.context.arguments,
	"truncated_body": call.context.arguments_omitted,
} if {
	request := call.resource.properties.request
}

# METADATA
# description: True for the two answers that let a request pass; any other value does not.
# scope: document
allowed(true) := true

allowed(answer) if answer.allowed == true

# METADATA
# description: The message of a refusing answer. Always a text, so that the deny that uses it is never undefined.
# scope: document
default detail(_) := "it gave no reason"

detail(answer) := sprintf("%s (status %d)", [_body(answer), answer.http_status]) if {
	is_number(answer.http_status)
} else := _body(answer) if is_object(answer)

default _body(_) := "it gave no reason"

_body(answer) := answer.body if {
	is_string(answer.body)
	answer.body != ""
}

_path(request) := request.path if count(request.query) == 0

_path(request) := concat("?", [request.path, concat("&", pairs)]) if {
	count(request.query) > 0
	pairs := [concat("=", [urlquery.encode(pair[0]), urlquery.encode(pair[1])]) | some pair in request.query]
}

# The caller's token never reaches a policy. This one has its verified claims and no signature, so it decodes
# and never verifies.
_token(claims) := concat(".", [
	base64url.encode_no_pad(json.marshal({"alg": "none", "typ": "JWT"})),
	base64url.encode_no_pad(json.marshal(claims)),
	"",
])
