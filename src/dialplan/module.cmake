carillon_module(dialplan NEEDS directory)
