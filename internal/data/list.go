package data

// Listed is a named set in a list, and where its files are.
type Listed struct {
	Name      string   `json:"name"`
	Aliases   []string `json:"aliases,omitempty"`
	About     string   `json:"about"`
	Train     int      `json:"train"` // images
	Test      int      `json:"test"`
	Shape     [3]int   `json:"shape"` // height, width, channels
	Classes   []string `json:"classes"`
	Generated bool     `json:"generated"`
	Folder    string   `json:"folder,omitempty"` // of the files, if they are there
	Packed    string   `json:"packed,omitempty"` // what to do about an archive that is there instead
}

// List lists the named sets. It looks for their files, and reads none.
func List() (all []Listed) {
	for _, k := range Sets() {
		all = append(all, Listed{Name: k.Name, Aliases: k.Aliases, About: k.About, Train: k.Train, Test: k.Test,
			Shape: [3]int{k.H, k.W, k.C}, Classes: k.Classes,
			Generated: k.Generated(), Folder: k.Folder(), Packed: k.Packed()})
	}
	return all
}
