package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/uptrace/bun"

	"wrapup/internal/fault"
)

type contentRow struct {
	bun.BaseModel `bun:"table:content"`

	Hash  string    `bun:"hash,pk"`
	Size  int64     `bun:"size"`
	Bytes []byte    `bun:"bytes"`
	Kept  time.Time `bun:"kept"`
}

// KeepContent implements publish.Journal. The hash is the lower-case hex SHA-256 of content, as flow.Hash gives it.
// What is there already is checked, not trusted: a hash is given back only for bytes that can be had again.
func (s *Store) KeepContent(ctx context.Context, content []byte) (string, error) {
	sum := sha256.Sum256(content)
	row := contentRow{Hash: hex.EncodeToString(sum[:]), Size: int64(len(content)), Bytes: compress(content), Kept: s.now()}
	err := s.write(ctx, "keep a flow's content", func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewInsert().Model(&row).On("CONFLICT (hash) DO NOTHING").Exec(ctx)
		if err != nil || changed(res) == 1 {
			return err
		}
		_, err = content1(ctx, tx, row.Hash)
		return err
	})
	if err != nil {
		return "", err
	}
	return row.Hash, nil
}

// Content implements publish.Journal: fault.NotFound "store.no-such-content", or Internal "store.content-damaged"
// where the bytes no longer have the hash.
func (s *Store) Content(ctx context.Context, hash string) ([]byte, error) {
	b, err := content1(ctx, s.db, hash)
	return b, failed("read a flow's kept content", err)
}

func content1(ctx context.Context, db bun.IDB, hash string) ([]byte, error) {
	var row contentRow
	err := db.NewSelect().Model(&row).Where("hash = ?", text(hash)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "store.no-such-content").Because(fmt.Errorf("hash %q", hash))
	}
	if err != nil {
		return nil, err
	}
	b, err := expand(row.Bytes, row.Size)
	if sum := sha256.Sum256(b); err != nil || hex.EncodeToString(sum[:]) != hash {
		return nil, fault.New(fault.Internal, "store.content-damaged").Because(errors.Join(fmt.Errorf("hash %q", hash), err))
	}
	return b, nil
}

func compress(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	// Neither fails: a bytes.Buffer takes everything.
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

// expand reads one byte more than size at most: a damaged row cannot fill the memory.
func expand(b []byte, size int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, size+1))
}
