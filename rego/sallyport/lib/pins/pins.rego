# METADATA
# title: Definitions that count
# description: What rules about tools, and those about prompts and resources, ask of a definition.
package sallyport.lib.pins

# METADATA
# description: True when the definition is the pinned one, or the one that the catalog names, whatever was seen before.
# scope: document
unchanged if _definition.changed == false

unchanged if {
	_definition.pins == "catalog"
	is_string(_definition.digest)
	_definition.digest == input.resource.properties.catalog.definition
}

# METADATA
# description: True when the definition is one that the pins of its server let count.
# scope: document
counts if _definition.pins == "first_use"

counts if {
	_definition.pins == "catalog"
	_catalog.known == true
	_catalog.definition == null
}

counts if {
	_definition.pins == "catalog"
	_catalog.known == true
	is_string(_catalog.definition)
	_catalog.definition == _definition.digest
}

counts if {
	_definition.pins == "accepted"
	_definition.accepted == true
}

_definition := input.resource.properties.definition

_catalog := input.resource.properties.catalog
