# METADATA
# title: Sallyport policy library
# description: >-
#   Root of the library. Its schemas hold for every package below, so a rule that reads a field
#   which no phase has fails `opa check --schema rego/schemas`.
# scope: subpackages
# schemas:
#   - input: schema.input
#   - data.sallyport.catalog: schema.catalog
package sallyport
