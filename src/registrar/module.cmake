carillon_module(registrar NEEDS call agent sip journal directory model)
