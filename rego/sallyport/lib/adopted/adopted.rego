# METADATA
# title: Answers of adopted policies
# description: >-
#   What a policy of another project answers at a path of its own: a boolean, an object with `allowed` or `allow`, or a
#   collection of objections, as policies for Kubernetes have it. The rules of `policy.adopt` read it.
package sallyport.lib.adopted

import future.keywords.not

# METADATA
# description: True for an answer that lets the call through. A collection of objections never does by itself.
# scope: document
allows(true) := true

allows(answer) if answer.allowed == true

allows(answer) if {
	answer.allow == true
	not answer.allowed == false
}

# METADATA
# description: True for every answer that neither lets the call through nor is a collection without an objection.
refuses(answer) if {
	not allows(answer)
	not _objects_to_nothing(answer)
}

_objects_to_nothing(answer) if {
	_is_collection(answer)
	count(answer) == 0
}

_is_collection(answer) if is_set(answer)

_is_collection(answer) if is_array(answer)

# METADATA
# description: The words of a refusing answer. Always a text, so that the deny that uses it is never undefined.
# scope: document
default detail(_) := "it gave no reason"

detail(answer) := concat("; ", texts) if {
	_is_collection(answer)
	texts := sort({_text(objection) | some objection in answer})
	count(texts) > 0
} else := answer.body if {
	is_string(answer.body)
	answer.body != ""
} else := answer.message if {
	is_string(answer.message)
	answer.message != ""
} else := answer.reason if {
	is_string(answer.reason)
	answer.reason != ""
}

_text(objection) := objection if is_string(objection)

_text(objection) := objection.msg if is_string(objection.msg)

_text(objection) := objection.message if {
	is_string(objection.message)
	not is_string(objection.msg)
}
