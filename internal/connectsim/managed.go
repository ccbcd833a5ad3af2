package connectsim

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"sync"
	"time"
)

//go:embed data/*.json
var data embed.FS

// managedView is one of the six views that AWS keeps in every instance.
type managedView struct {
	Name, Description string
	content           *viewCopy
}

// managedSince is the time AWS's views carry here, and since that of the seeded instances and flows.
var (
	managedSince = time.Date(2025, 11, 3, 9, 0, 0, 0, time.UTC)
	since        = time.Date(2026, 2, 16, 8, 30, 0, 0, time.UTC)
)

// managedViews are read once: they are part of the program and never change.
var managedViews = sync.OnceValue(func() []*managedView {
	names := []string{"after-contact-work", "cards", "confirmation", "detail", "form", "list"}
	views := make([]*managedView, len(names))
	for i, n := range names {
		views[i] = &managedView{Name: n}
		views[i].Description, views[i].content = readView("data/" + n + ".json")
	}
	return views
})

// readView reads a view of the package's own data; the file is compiled in, so a fault in it is one of the program.
func readView(file string) (description string, content *viewCopy) {
	var f struct {
		Description string
		Actions     []string
		Template    map[string]any
	}
	b, err := data.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		panic(err)
	}
	return f.Description, newViewCopy(f.Template, f.Actions)
}

func newViewCopy(template map[string]any, actions []string) *viewCopy {
	v := &viewCopy{Template: string(encodeJSON(template)), Schema: schemaOf(template), Actions: actions}
	sum := sha256.Sum256([]byte(v.Template))
	v.Sum = hex.EncodeToString(sum[:])
	return v
}
