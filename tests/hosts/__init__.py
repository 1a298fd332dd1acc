"""A host with every trait that plugging an app into a real suite has tripped over."""
