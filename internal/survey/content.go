package survey

import (
	"context"

	"wrapup/internal/instance"
)

// Contents gives contents of the last reading by their hashes, those that are kept. It makes no call to the service.
func (s *Service) Contents(ctx context.Context, id instance.ID, hashes []string) (map[string]string, error) {
	out := map[string]string{}
	err := s.EachContent(ctx, id, hashes, func(hash, content string) bool {
		out[hash] = content
		return true
	})
	return out, err
}

// EachContent gives them one after the other, in no order, until yield is false.
func (s *Service) EachContent(ctx context.Context, id instance.ID, hashes []string, yield func(hash, content string) bool) error {
	if s.o.Cache == nil || len(hashes) == 0 {
		return nil
	}
	return s.o.Cache.Contents(ctx, id, hashes, yield)
}
