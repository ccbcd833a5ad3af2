package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wrapup/internal/flow"
	"wrapup/internal/instance"
	"wrapup/internal/people"
	"wrapup/internal/store"
	"wrapup/internal/store/storetest"
	"wrapup/internal/survey"
)

func TestTwoProcessesThatPutPartsOfAReadingLoseNone(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func(*testing.T) string{"a file": file, "PostgreSQL": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := dsn(t)
			storetest.PutReadings(t, storetest.Rounds(60), open(t, dsn).Readings(), open(t, dsn).Readings())
			storetest.AddReadings(t, storetest.Rounds(20), open(t, dsn).Readings(), open(t, dsn).Readings())
			storetest.SaveReadings(t, storetest.Rounds(40), open(t, dsn).Readings(), open(t, dsn).Readings())
		})
	}
}

func TestADamagedContentOfAReadingCountsAsAbsent(t *testing.T) {
	t.Parallel()
	const text = `{"Version":"2019-10-30"}`
	for name, damage := range map[string]string{
		"other bytes":         "UPDATE reading_content SET bytes = 'other'",
		"cut off":             "UPDATE reading_content SET bytes = substr(bytes, 1, length(bytes) - 4)",
		"no bytes":            "UPDATE reading_content SET bytes = ''",
		"another size":        "UPDATE reading_content SET size = 3",
		"a size that is none": "UPDATE reading_content SET size = -9",
		"another's hash":      "UPDATE reading_content SET hash = '" + strings.Repeat("0", 64) + "'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			name := file(t)
			c := open(t, name).Readings()
			hash := flow.Hash([]byte(text))
			keep := func() {
				t.Helper()
				if err := c.KeepContents(t.Context(), "i1", map[string]string{hash: text}); err != nil {
					t.Fatal(err)
				}
			}
			given := func() (n int) {
				t.Helper()
				if err := c.Contents(t.Context(), "i1", []string{hash, strings.Repeat("0", 64)}, func(string, string) bool { n++; return true }); err != nil {
					t.Fatal(err)
				}
				return n
			}
			keep()
			execSQL(t, raw(t, name), damage)
			if n := given(); n != 0 {
				t.Errorf("%d contents are given", n)
			}
			if keep(); given() != 1 {
				t.Error("it cannot be kept anew")
			}
		})
	}
}

// A process that dies while it saves leaves parts that belong to no reading.
func TestWhatADyingProcessLeftOfAReadingIsNotSeenAndGoes(t *testing.T) {
	t.Parallel()
	name, now := file(t), time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	c, db := open(t, name, store.WithClock(func() time.Time { return now })).Readings(), raw(t, name)
	save := func() {
		t.Helper()
		if _, err := c.Save(t.Context(), "i1", survey.Kept{Head: []byte("{}"), Parts: []survey.Part{{Key: "a", Doc: []byte("1")}}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	parts := func() (n int) {
		t.Helper()
		if err := db.QueryRow("SELECT COUNT(*) FROM reading_part").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	save()
	execSQL(t, db, "INSERT INTO reading_part SELECT instance, 'left', 'b', doc, hashes, kept FROM reading_part")
	if k, err := c.Load(t.Context(), "i1"); err != nil || len(k.Parts) != 1 {
		t.Errorf("%d parts, %v", len(k.Parts), err)
	}
	if save(); parts() != 2 {
		t.Errorf("%d parts: another process may have been saving", parts())
	}
	now = now.Add(time.Hour)
	if save(); parts() != 1 {
		t.Errorf("%d parts after an hour", parts())
	}
}

// large is a reading of 5,000 flows of 20 kB, and what they hold.
func large() (k survey.Kept, contents map[string]string) {
	contents = map[string]string{}
	k.Head = []byte(`{"Version":1,"All":"` + strings.Repeat("x", 1<<20) + `"}`)
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 5000 {
		var b strings.Builder
		b.WriteString(`{"Version":"2019-10-30","Actions":[`)
		for b.Len() < 20_000 {
			id := fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", random.Uint32(), random.IntN(1<<16), random.IntN(1<<12), random.IntN(1<<12), random.Int64N(1<<48))
			fmt.Fprintf(&b, `{"Identifier":"%s","Type":"MessageParticipant","Parameters":{"Text":"Thank you for calling, line %d"},"Transitions":{"NextAction":"%s","Errors":[{"ErrorType":"NoMatchingError","NextAction":"%s"}],"Conditions":[]}},`, id, n, id, id)
		}
		hash := flow.Hash([]byte(b.String()))
		contents[hash] = b.String()
		doc, err := json.Marshal(map[string]any{"Flow": instance.Flow{ID: instance.FlowID(fmt.Sprint(n)), Name: fmt.Sprint("Flow ", n), Description: strings.Repeat("d", 300)}, "Hash": hash, "ReadAt": time.Time{}})
		if err != nil {
			panic(err)
		}
		k.Parts = append(k.Parts, survey.Part{Key: fmt.Sprintf("flow %d", n), Doc: doc, Hashes: []string{hash}})
	}
	return k, contents
}

// BenchmarkReadings says what each step takes, and how long another writer waited at most meanwhile.
func BenchmarkReadings(b *testing.B) {
	s, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "wrapup.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	c := s.Readings()
	k, contents := large()
	var hashes []string
	for _, p := range k.Parts {
		hashes = append(hashes, p.Hashes...)
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"KeepContents", func(ctx context.Context) error { return c.KeepContents(ctx, "i1", contents) }},
		{"Save", func(ctx context.Context) error { _, err := c.Save(ctx, "i1", k, nil); return err }},
		{"Load", func(ctx context.Context) error { _, err := c.Load(ctx, "i1"); return err }},
		{"Contents", func(ctx context.Context) error {
			return c.Contents(ctx, "i1", hashes, func(string, string) bool { return true })
		}},
		{"Put", func(ctx context.Context) error { _, err := c.Put(ctx, "i1", survey.Whatever, k.Parts[:25]); return err }},
		{"Stamp", func(ctx context.Context) error { _, err := c.Stamp(ctx, "i1"); return err }},
	} {
		b.Run(step.name, func(b *testing.B) {
			longest := make(chan time.Duration)
			ctx, end := context.WithCancel(b.Context())
			go func() { longest <- longestWait(ctx, s) }()
			for b.Loop() {
				if err := step.do(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			end()
			b.ReportMetric(float64((<-longest).Microseconds())/1000, "ms-longest-wait")
		})
	}
}

// longestWait writes again and again.
func longestWait(ctx context.Context, s *store.Store) (most time.Duration) {
	for ctx.Err() == nil {
		began := time.Now()
		if err := s.Record(context.WithoutCancel(ctx), people.Entry{At: began}); err != nil {
			panic(err)
		}
		most = max(most, time.Since(began))
		select {
		case <-ctx.Done():
		case <-time.After(time.Millisecond):
		}
	}
	return most
}
