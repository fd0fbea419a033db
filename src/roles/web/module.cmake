carillon_module(roles/web NEEDS roles api net)
