package sallyport.rules.risk.critical

import data.sallyport.lib.risk
import data.sallyport.reason

# METADATA
# title: The call is too risky
# description: >-
#   Its signals add up to the threshold `critical` of `data.sallyport.risk` or more. It becomes possible again when they
#   have faded.
# custom:
#   code: RISK_CRITICAL
#   severity: high
#   controls: [ASI10]
#   owner: platform-security
_critical := reason.of(rego.metadata.chain())

_found contains reason.saying(_critical, risk.told) if risk.score >= data.sallyport.risk.thresholds.critical

hold contains risk.held("critical", each) if some each in _found

deny contains risk.denied("critical", each) if some each in _found

shadow contains risk.shadowed("critical", each) if some each in _found
