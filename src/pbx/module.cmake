carillon_module(pbx NEEDS call dialplan directory)
