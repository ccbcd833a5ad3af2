package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/instance"
)

// Contents are written some at a time: as many as are compressed before others may write, and no more bytes than this.
const (
	contentsAtOnce     = 100
	contentBytesAtOnce = 1 << 20
)

type readContentRow struct {
	bun.BaseModel `bun:"table:reading_content,alias:c"`

	Instance string    `bun:"instance,pk"`
	Hash     string    `bun:"hash,pk"`
	Size     int64     `bun:"size"`
	Kept     time.Time `bun:"kept"`
	Bytes    []byte    `bun:"bytes"`
}

// KeepContents implements survey.Cache. What is there already is written over: it may be damaged, and is not forgotten for another while.
func (x *readings) KeepContents(ctx context.Context, id instance.ID, contents map[string]string) error {
	hashes := slices.Sorted(maps.Keys(contents)) // in one order, so that two writers do not wait for each other
	for some := range slices.Chunk(hashes, contentsAtOnce) {
		rows := x.compressed(id, some, contents)
		for len(rows) > 0 {
			n, size := 0, 0
			for n < len(rows) && (n == 0 || size+len(rows[n].Bytes) <= contentBytesAtOnce) {
				size += len(rows[n].Bytes)
				n++
			}
			if err := x.keep(ctx, rows[:n]); err != nil {
				return err
			}
			rows = rows[n:]
		}
	}
	return nil
}

func (x *readings) keep(ctx context.Context, rows []readContentRow) error {
	return x.s.write(ctx, "keep contents of a reading", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&rows).On("CONFLICT (instance, hash) DO UPDATE").
			Set("size = EXCLUDED.size").Set("kept = EXCLUDED.kept").Set("bytes = EXCLUDED.bytes").Exec(ctx)
		return err
	})
}

// compressed makes rows on all processors.
func (x *readings) compressed(id instance.ID, hashes []string, contents map[string]string) []readContentRow {
	rows := make([]readContentRow, len(hashes))
	workers := min(runtime.GOMAXPROCS(0), len(hashes))
	var wg sync.WaitGroup
	for first := range workers {
		wg.Go(func() {
			z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one of its own
			for i := first; i < len(hashes); i += workers {
				b := []byte(contents[hashes[i]])
				rows[i] = readContentRow{Instance: text(string(id)), Hash: text(hashes[i]), Size: int64(len(b)), Kept: x.s.now(), Bytes: quickly(z, b)}
			}
		})
	}
	wg.Wait()
	return rows
}

// quickly compresses with a writer that is used again.
func quickly(z *gzip.Writer, b []byte) []byte {
	var out bytes.Buffer
	z.Reset(&out)
	// Neither fails: a bytes.Buffer takes everything.
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

// Contents implements survey.Cache. A content whose bytes no longer have its hash is not given.
func (x *readings) Contents(ctx context.Context, id instance.ID, hashes []string, yield func(hash, content string) bool) error {
	for some := range slices.Chunk(hashes, hashesAtOnce) {
		var rows []readContentRow // all of them before yield is called: it may ask the store, too
		err := x.s.db.NewSelect().Model(&rows).Column("hash", "size", "bytes").
			Where("instance = ? AND hash IN (?)", text(string(id)), bun.List(texts(some))).Scan(ctx)
		if err != nil {
			return failed("load kept contents", err)
		}
		for _, r := range rows {
			b, err := expand(r.Bytes, r.Size)
			if sum := sha256.Sum256(b); err != nil || hex.EncodeToString(sum[:]) != r.Hash {
				continue
			}
			if !yield(r.Hash, string(b)) {
				return nil
			}
		}
	}
	return nil
}

func texts(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		out = append(out, text(s))
	}
	return out
}
