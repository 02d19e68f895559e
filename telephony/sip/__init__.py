"""The only place that imports pjsua2: a narrow interface to the SIP stack."""
