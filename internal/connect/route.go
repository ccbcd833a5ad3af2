package connect

import (
	"context"
	"slices"
	"sync"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
)

// route finds the source to address an instance through: the one that listed it; after a restart, the only one
// that can have it, by Region and account; else whichever lists it when asked.
func (g *Gateway) route(ctx context.Context, in instance.Instance) (*source, error) {
	if s := g.routed(in); s != nil {
		return s, nil
	}
	candidates := slices.DeleteFunc(slices.Clone(g.sources), func(s *source) bool { return !s.mayHold(in) })
	if len(candidates) == 1 && in.Region != "" {
		return candidates[0], nil
	}
	err := g.listAll(ctx, candidates)
	if s := g.routed(in); s != nil {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	return nil, fault.New(fault.NotFound, "aws.instance-unknown", "Instance", in.ID)
}

// routed is the source that listed the instance; nil where none did, or the instance claims another Region or account.
func (g *Gateway) routed(in instance.Instance) *source {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := g.routes[in.ID]; s != nil && s.mayHold(in) {
		return s
	}
	return nil
}

func (s *source) mayHold(in instance.Instance) bool {
	account := s.login.known()
	return (in.Region == "" || in.Region == s.region) && (in.Account == "" || account == "" || account == in.Account)
}

// listAll lists several sources at once; its error is the first one's in configured order that failed.
func (g *Gateway) listAll(ctx context.Context, sources []*source) error {
	errs := make([]error, len(sources))
	var wg sync.WaitGroup
	for i, s := range sources {
		wg.Go(func() { _, errs[i] = g.list(ctx, s) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// remember keeps which source listed an instance; of two that can, the one configured first.
func (g *Gateway) remember(s *source, list []instance.Instance) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, in := range list {
		former := g.routes[in.ID]
		if former == nil || slices.Index(g.sources, s) < slices.Index(g.sources, former) {
			g.routes[in.ID] = s
		}
	}
}
