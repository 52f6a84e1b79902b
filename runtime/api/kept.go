package api

import "avid/runtime/access"

// Kept is a camera of which something was recorded, with what its events can be asked for by.
type Kept struct {
	Name  string   `json:"name"`
	Title string   `json:"title"`
	Duty  bool     `json:"duty"` // it is on duty
	Kinds []string `json:"kinds"`
	Zones []string `json:"zones"`
}

// kept are the cameras that somebody may see: those on duty in their order, then others of
// which there is something still.
func kept(site Site, h History, who access.Principal) ([]Kept, error) {
	named, err := h.Named()
	if err != nil {
		return nil, err
	}
	all, at := []Kept{}, map[string]int{}
	for _, c := range site.Cameras() {
		at[c.Name] = len(all)
		all = append(all, Kept{Name: c.Name, Title: c.Title, Duty: true, Kinds: []string{}, Zones: []string{}})
	}
	for _, n := range named {
		i, is := at[n.Camera]
		if !is {
			i = len(all)
			all = append(all, Kept{Name: n.Camera, Title: n.Camera})
		}
		all[i].Kinds, all[i].Zones = append([]string{}, n.Kinds...), append([]string{}, n.Zones...)
	}
	seen := []Kept{}
	for _, k := range all {
		if who.May(k.Name) {
			seen = append(seen, k)
		}
	}
	return seen, nil
}
