"""Images and sounds of cells: where their bytes are, and what grids of numbers become of them."""
