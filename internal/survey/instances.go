package survey

import (
	"context"
	"slices"
	"sync"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// listed is a source's last answer.
type listed struct {
	Listing
	at time.Time
}

// Instances lists all sources at once; one that fails carries its error and the others are given. An instance that
// several sources can see is given once, by the first.
func (s *Service) Instances(ctx context.Context) []Listing {
	sources := s.reader.Sources()
	out := make([]Listing, len(sources))
	var wg sync.WaitGroup
	for i, from := range sources {
		wg.Go(func() { out[i] = s.list(ctx, from) })
	}
	wg.Wait()
	seen := map[instance.ID]bool{}
	for i, now := range s.reader.Sources() { // some accounts are known only now
		if i < len(out) && now.Name == out[i].Source.Name && now.Region == out[i].Source.Region {
			out[i].Source = now
		}
	}
	for i := range out {
		out[i].Instances = slices.DeleteFunc(slices.Clone(out[i].Instances), func(in instance.Instance) bool {
			twice := seen[in.ID]
			seen[in.ID] = true
			return twice
		})
	}
	return out
}

// list gives a source's last answer while it is fresh. A failure is never kept.
func (s *Service) list(ctx context.Context, from Source) Listing {
	key := Source{Name: from.Name, Region: from.Region}
	s.mu.Lock()
	l, ok := s.listings[key]
	s.mu.Unlock()
	if ok && s.o.Now().Sub(l.at) < s.o.Fresh {
		return l.Listing
	}
	v, err := s.share(ctx, "list "+from.Name+" "+from.Region, "survey.still-reading", func(ctx context.Context) (any, error) {
		ctx, cancel := context.WithTimeout(ctx, listLimit)
		defer cancel()
		list, err := s.reader.Instances(ctx, from)
		if err == nil {
			s.mu.Lock()
			s.listings[key] = listed{Listing{Source: from, Instances: list}, s.o.Now()}
			s.mu.Unlock()
		}
		return list, err
	})
	if err != nil {
		return Listing{Source: from, Err: fault.From(err)}
	}
	return Listing{Source: from, Instances: v.([]instance.Instance)}
}

// listLimit bounds the listing of a source: it is a page's first call.
const listLimit = time.Minute

// Find gives one instance by id; fault.NotFound. Where a source that may have it cannot be listed, the error is that
// source's.
func (s *Service) Find(ctx context.Context, id instance.ID) (instance.Instance, error) {
	in, _, err := s.find(ctx, id)
	return in, err
}

func (s *Service) find(ctx context.Context, id instance.ID) (instance.Instance, Source, error) {
	if in, from, ok := s.known(id); ok {
		return in, from, nil
	}
	if !instance.IsUUID(string(id)) {
		return instance.Instance{}, Source{}, fault.New(fault.NotFound, "survey.no-instance")
	}
	var failed *fault.Error
	for _, l := range s.Instances(ctx) {
		for _, in := range l.Instances {
			if in.ID == id {
				return in, l.Source, nil
			}
		}
		if failed == nil {
			failed = l.Err
		}
	}
	if failed != nil {
		return instance.Instance{}, Source{}, failed
	}
	return instance.Instance{}, Source{}, fault.New(fault.NotFound, "survey.no-instance")
}

// known looks among what was listed before, however long ago: an instance's address does not change.
func (s *Service) known(id instance.ID) (instance.Instance, Source, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, from := range s.reader.Sources() {
		for _, in := range s.listings[Source{Name: from.Name, Region: from.Region}].Instances {
			if in.ID == id {
				return in, from, true
			}
		}
	}
	return instance.Instance{}, Source{}, false
}
