carillon_module(roles/signalling NEEDS registrar trunk dialplan trace hep pbx call agent sip mediaclient journal billing directory control model net roles store
  TEST_NEEDS support)
