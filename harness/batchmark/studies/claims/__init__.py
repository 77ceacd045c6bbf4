"""What sources claim about batch size, the experiment that settles each, and its verdict."""
