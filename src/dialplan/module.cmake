carillon_module(dialplan NEEDS model directory)
