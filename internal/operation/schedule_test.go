package operation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wrapup/internal/operation"
)

func TestOfSeveralProcessesOneAsksOnceATurn(t *testing.T) {
	inTime(t, func(b *bench) {
		var all []*operation.Service
		var mu sync.Mutex
		ran := map[string][]time.Time{}
		for i := range 3 {
			s, _ := b.process(fmt.Sprint(i), func(_ context.Context, r *operation.Run) (json.RawMessage, error) {
				mu.Lock()
				defer mu.Unlock()
				ran[r.Operation().Subject] = append(ran[r.Operation().Subject], time.Now())
				return nil, nil
			}, seldom)
			all = append(all, s)
		}
		began := time.Now()
		for time.Since(began) < 10*24*time.Hour {
			for _, s := range all {
				for _, subject := range []string{"i1", "i2"} {
					e := operation.Every{Key: "daily " + subject, Every: 24 * time.Hour, Spread: 6 * time.Hour}
					if _, _, err := s.AskWhenDue(b.Context(), e, operation.Request{Kind: "work", Subject: subject}); err != nil {
						b.Fatal(err)
					}
					synctest.Wait()
				}
			}
			time.Sleep(10 * time.Minute)
		}
		mu.Lock()
		defer mu.Unlock()
		for subject, at := range ran {
			if len(at) < 10 || len(at) > 11 || at[0].Sub(began) > time.Second {
				b.Errorf("in ten days %s was done %d times, first after %s", subject, len(at), at[0].Sub(began))
			}
			for i := 1; i < len(at); i++ {
				gap := at[i].Sub(at[i-1])
				if i == 1 && (gap < 12*time.Hour || gap > 36*time.Hour+10*time.Minute) || i > 1 && gap != 24*time.Hour {
					b.Errorf("%s: turn %d came %s after the one before", subject, i, gap)
				}
			}
		}
		if d := ran["i1"][2].Sub(ran["i2"][2]); d == 0 || d.Abs() > 6*time.Hour {
			b.Errorf("the two lie %s apart", d)
		}
	})
}
