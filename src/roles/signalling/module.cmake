carillon_module(roles/signalling NEEDS registrar pbx call agent mediaclient journal directory control roles store)
