# METADATA
# title: Sallyport policy library
# description: >-
#   Root of the library. Its schemas hold for every package below, so a rule that reads a field
#   which no phase has fails `opa check --schema rego/schemas`.
# scope: subpackages
# schemas:
#   - input: schema.input
#   - data.sallyport.approvers: schema.approvers
#   - data.sallyport.catalog: schema.catalog
#   - data.sallyport.destinations: schema.destinations
#   - data.sallyport.entitlements: schema.entitlements
#   - data.sallyport.envoy: schema.envoy
#   - data.sallyport.limits: schema.limits
#   - data.sallyport.provenance: schema.provenance
#   - data.sallyport.server_requests: schema.server_requests
#   - data.sallyport.site: schema.site
#   - data.sallyport.task: schema.task
#   - data.sallyport.two_people: schema.two_people
package sallyport
