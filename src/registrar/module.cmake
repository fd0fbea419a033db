carillon_module(registrar NEEDS call agent journal directory)
