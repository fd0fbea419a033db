carillon_module(roles/web NEEDS roles api control store net)
