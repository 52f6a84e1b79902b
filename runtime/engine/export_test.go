package engine

// OpenLooks is how many networks of detectors of what looks out of place are open.
func OpenLooks() int {
	lookModels.Lock()
	defer lookModels.Unlock()
	return len(lookModels.open)
}
