"""Vertebral bodies cut out of a CT: masks, neighbourhoods and their own axes."""
