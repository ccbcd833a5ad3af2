package survey

import (
	"context"
	"errors"
	"maps"
	"time"

	"wrapup/internal/instance"
)

// Kept is the last reading, of this process or, where that is newer, of another; nil where there is none. It makes no call to the service. That the
// cache cannot be asked takes nothing away from what is in memory.
func (s *Service) Kept(ctx context.Context, id instance.ID) *Reading {
	if s.o.Cache == nil {
		return s.Last(id)
	}
	st := s.state(id)
	if err := st.sync(ctx, s, id); err != nil && ctx.Err() == nil {
		s.o.Log.WarnContext(ctx, "the kept reading could not be loaded", "instance", string(id), "error", err)
	}
	return st.last.Load()
}

// sync loads what the cache keeps, where that is not what is known here.
func (st *state) sync(ctx context.Context, s *Service, id instance.ID) error {
	stamp, err := s.o.Cache.Stamp(ctx, id)
	if err != nil || stamp == 0 {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if stamp <= st.stamp { // this process may have kept something since it asked
		return nil
	}
	return st.load(ctx, s, id)
}

// load takes what the cache keeps. The state is locked.
func (st *state) load(ctx context.Context, s *Service, id instance.ID) error {
	kept, err := s.o.Cache.Load(ctx, id)
	if err != nil {
		return err
	}
	if kept.Head == nil { // flows that were seen before there was any reading
		st.stamp = kept.Stamp
		return nil
	}
	in, err := instanceOf(kept.Head)
	if err != nil {
		st.stamp = kept.Stamp // of no use, now and later
		return err
	}
	if st.library == nil {
		st.library = newLibrary(s.o.Event, home(in), true)
	}
	r, err := st.library.revive(ctx, s.o.Cache, id, kept)
	if errors.Is(err, errNotKept) {
		st.stamp = kept.Stamp
	}
	if err != nil {
		return err
	}
	st.stamp, st.material, st.how = kept.Stamp, r.material, r.how
	st.merge(r.observed)
	st.compose(s)
	return nil
}

// merge takes over what others observed. What was observed here stays where it is newer than what is kept: another process may have saved a
// reading without having heard of it. It keeps its number, so that a reading under way is not taken to be older than it.
func (st *state) merge(theirs map[instance.FlowID]held) {
	mine := st.observed
	st.observed = make(map[instance.FlowID]observation, len(theirs))
	newer := map[instance.FlowID]held{}
	for flow, o := range mine {
		at := st.material.readAt
		if h, ok := st.material.inbound[flow]; ok {
			at = h.readAt
		}
		if at.Before(o.held.readAt) {
			st.observed[flow], newer[flow] = o, o.held
		}
	}
	for flow, h := range theirs {
		if _, ok := newer[flow]; ok {
			continue
		}
		if o, ok := mine[flow]; ok && !o.held.readAt.Before(h.readAt) {
			st.observed[flow] = observation{h, o.number}
			continue
		}
		st.count++
		st.observed[flow] = observation{h, st.count}
	}
	st.material = st.material.with(newer)
}

// adopt takes in what was observed before there was any reading, in whichever process. The state is locked.
func (st *state) adopt(ctx context.Context, s *Service, id instance.ID) {
	if s.o.Cache == nil || st.material != nil {
		return
	}
	kept, err := s.o.Cache.Load(ctx, id)
	if err == nil {
		var r *revived
		if r, err = st.library.revive(ctx, s.o.Cache, id, kept); err == nil {
			for flow, h := range r.observed {
				if mine, ok := st.observed[flow]; !ok || mine.held.readAt.Before(h.readAt) {
					st.count++
					st.observed[flow] = observation{h, st.count}
				}
			}
		}
	}
	if err != nil && !errors.Is(err, errNotKept) {
		s.o.Log.WarnContext(ctx, "what was described before the first reading could not be loaded", "instance", string(id), "error", err)
	}
}

// resume gives the flows that were described since a time: by a reading that was cut off, or by themselves. The state is locked.
func (st *state) resume(ctx context.Context, s *Service, in instance.Instance, since time.Time) map[instance.FlowID]held {
	done := map[instance.FlowID]held{}
	add := func(flows map[instance.FlowID]held) {
		for id, h := range flows {
			if h.err == nil && h.described && !h.readAt.Before(since) && !h.readAt.Before(done[id].readAt) {
				done[id] = h
			}
		}
	}
	if st.material != nil {
		add(st.material.inbound)
	}
	if s.o.Cache == nil {
		return done
	}
	kept, err := s.o.Cache.Load(ctx, underWay(in.ID))
	if err == nil {
		var r *revived
		if r, err = st.library.revive(ctx, s.o.Cache, in.ID, kept); err == nil {
			add(r.flows)
		}
	}
	if err != nil {
		s.o.Log.WarnContext(ctx, "what a former run had read could not be loaded", "instance", string(in.ID), "error", err)
	}
	return done
}

// keepParts keeps what a reading under way has described, also where it is just being cut off.
func (st *state) keepParts(ctx context.Context, s *Service, id instance.ID, l *library, some []held) {
	ctx = context.WithoutCancel(ctx)
	if s.o.Cache == nil || !s.keepContents(ctx, id, l) {
		return
	}
	var parts []Part
	for _, h := range some {
		if h.err == nil {
			parts = append(parts, h.part(h.flow.Type == instance.TypeInbound, false))
		}
	}
	if len(parts) == 0 {
		return
	}
	if _, err := s.o.Cache.Put(ctx, underWay(id), Whatever, parts); err != nil {
		s.o.Log.WarnContext(ctx, "flows that were read could not be kept", "instance", string(id), "error", err)
	}
}

// keepContents keeps contents read since the last time. What could not be kept is not tried again: the reading whose content is missing is
// read anew after a restart.
func (s *Service) keepContents(ctx context.Context, id instance.ID, l *library) bool {
	fresh := l.flush()
	if len(fresh) == 0 {
		return true
	}
	err := s.o.Cache.KeepContents(ctx, id, fresh)
	if err != nil {
		s.o.Log.WarnContext(ctx, "contents could not be kept", "instance", string(id), "error", err)
	}
	return err == nil
}

// amendments is how often a change is made again because other processes kept something first.
const amendments = 10

// amend makes a change here and keeps the parts that it gives. Where another process kept something since the last look, that is loaded and
// the change is made anew on top of it: neither undoes what the other saw. change may be called several times. The state is locked.
func (st *state) amend(ctx context.Context, s *Service, id instance.ID, change func() []Part) {
	for range amendments {
		last, observed := st.last.Load(), maps.Clone(st.observed)
		var former *material
		if st.material != nil {
			m := *st.material
			former = &m
		}
		if parts := change(); len(parts) == 0 || st.put(ctx, s, id, parts) {
			return
		}
		st.material, st.observed = former, observed
		st.last.Store(last)
		if err := st.load(ctx, s, id); err != nil {
			s.o.Log.WarnContext(ctx, "what others kept could not be loaded", "instance", string(id), "error", err)
			break
		}
	}
	change() // here at least: what is kept stays as the others left it
}

// put keeps parts. It says false where another process kept something first, and nothing was put. The state is locked.
func (st *state) put(ctx context.Context, s *Service, id instance.ID, parts []Part) bool {
	if s.o.Cache == nil || !s.keepContents(ctx, id, st.library) {
		return true
	}
	stamp, err := s.o.Cache.Put(ctx, id, st.stamp, parts)
	switch {
	case err != nil:
		s.o.Log.WarnContext(ctx, "a flow that was read could not be kept", "instance", string(id), "error", err)
	case stamp == 0:
		return false
	default:
		st.stamp = stamp
	}
	return true
}

// save keeps the whole reading. What others kept meanwhile stays, and is loaded right after it. The state is locked.
func (st *state) save(ctx context.Context, s *Service, id instance.ID) {
	if s.o.Cache == nil || !s.keepContents(ctx, id, st.library) {
		return
	}
	k := st.material.keep(s.o.Event, st.how, st.observed)
	k.Stamp = st.stamp
	var missed []Part
	stamp, err := s.o.Cache.Save(ctx, id, k, func(now Kept) []Part {
		missed = st.material.missed(now)
		return missed
	})
	if err != nil {
		s.o.Log.WarnContext(ctx, "the reading could not be kept", "instance", string(id), "error", err)
		return
	}
	st.stamp = stamp
	if len(missed) > 0 {
		if err := st.load(ctx, s, id); err != nil {
			s.o.Log.WarnContext(ctx, "what others described meanwhile could not be loaded", "instance", string(id), "error", err)
		}
	}
	if _, err := s.o.Cache.Save(ctx, underWay(id), Kept{}, nil); err != nil {
		s.o.Log.WarnContext(ctx, "the parts of a reading that is done could not be forgotten", "instance", string(id), "error", err)
	}
}
