"""What a person marked or drew: points, outlines, masks, in the files of many programs."""
