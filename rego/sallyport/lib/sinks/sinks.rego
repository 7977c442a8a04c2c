# METADATA
# title: Where data goes
# description: >-
#   Whether a call sends data out, from the catalog's `sink` and `external_if`. What is not known counts as sent out.
package sallyport.lib.sinks

import future.keywords.not

import data.sallyport.lib.target

# METADATA
# description: >-
#   True when this call sends nothing out: it is no call of a tool, the tool has no sink or an internal one, or every
#   value at the pointers of `external_if` is inside the site. An external sink with no value there sends nothing out.
# scope: document
stays_inside if target.other_than_tool(input.resource.type)

stays_inside if input.resource.properties.catalog.sink in {"internal", "none"}

stays_inside if {
	input.resource.properties.catalog.sink == "external"
	is_array(input.resource.properties.catalog.external_if)
	count(input.resource.properties.catalog.external_if) > 0
	input.context.arguments_omitted == false
	is_array(input.context.provenance)
	every value in input.context.provenance {
		_inside(value, input.resource.properties.catalog.external_if)
	}
}

# A value without a place stands for those that were not looked at.
_inside(value, pointers) if {
	is_string(value.pointer)
	value.pointer != ""
	every pointer in pointers {
		is_string(pointer)
		not value.pointer == pointer
		not startswith(value.pointer, concat("", [pointer, "/"]))
	}
}

_inside(value, _) if {
	is_string(value.pointer)
	value.pointer != ""
	value.inside == true
}
