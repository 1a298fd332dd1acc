"""KVK Dataservice as a source."""
