package survey

import (
	"context"

	"wrapup/internal/instance"
)

// Cache keeps readings, so that a restart or another process need not ask the service again. It is a cache: what is lost is read
// anew. Errors are the database's.
type Cache interface {
	// Stamp is a number that grows with every change of what is kept of an instance; 0 where nothing is.
	Stamp(ctx context.Context, id instance.ID) (int64, error)
	// Load gives what is kept, parts in the order of their keys; Stamp is 0 where nothing is.
	Load(ctx context.Context, id instance.ID) (Kept, error)
	// Save keeps a reading in place of what was kept, and forgets contents that it does not name. It gives the new stamp. Where something was
	// kept since k.Stamp, missed is given all that is there, before anybody can add to it, and the parts that it gives are kept with the
	// reading. It may be called again, and is to call nobody; nil misses nothing.
	Save(ctx context.Context, id instance.ID, k Kept, missed func(now Kept) []Part) (int64, error)
	// Put adds or replaces parts and leaves the rest. It gives the new stamp. Where something was kept after the stamp since, nothing is put, and
	// the stamp is 0; Whatever puts in any case.
	Put(ctx context.Context, id instance.ID, since int64, parts []Part) (int64, error)
	// KeepContents keeps contents by hash. What is kept already stays.
	KeepContents(ctx context.Context, id instance.ID, contents map[string]string) error
	// Contents gives those contents that are kept, in no order, until yield is false.
	Contents(ctx context.Context, id instance.ID, hashes []string, yield func(hash, content string) bool) error
}

// Whatever stands for every stamp.
const Whatever int64 = -1

// Kept is what is kept of an instance. Without a head it is not a whole reading: parts of one that is under way.
type Kept struct {
	Stamp int64
	Head  []byte
	Parts []Part
}

// Part is one flow or module of a reading. Hashes are of the contents that it needs.
type Part struct {
	Key    string
	Doc    []byte
	Hashes []string
}
