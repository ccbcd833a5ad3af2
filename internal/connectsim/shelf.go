package connectsim

import (
	"fmt"
	"maps"
	"slices"
)

// record is what an instance holds: it is never changed once it is on a shelf, only replaced. Answers and the search
// index may therefore point to it after the mutex is released.
type record interface {
	key() string
	label() string // "" where names need not be unique
}

// shelf keeps records in the order in which they were made. The zero value is empty.
type shelf[T record] struct {
	list  []T
	born  []uint64 // when each came, ascending: pages go on by it whatever was deleted between them
	last  uint64
	at    map[string]int    // id to place
	named map[string]string // name to id
}

// get is the zero value, nil for records, where there is none.
func (s *shelf[T]) get(id string) (r T) {
	if i, ok := s.at[id]; ok {
		return s.list[i]
	}
	return r
}

func (s *shelf[T]) byName(name string) (r T) {
	if id, ok := s.named[name]; ok {
		return s.get(id)
	}
	return r
}

// put adds a record, or puts it in the place of the one that has its id.
func (s *shelf[T]) put(r T) {
	if s.at == nil {
		s.at, s.named = map[string]int{}, map[string]string{}
	}
	if i, ok := s.at[r.key()]; ok {
		s.unname(s.list[i])
		s.list[i] = r
	} else {
		s.at[r.key()] = len(s.list)
		s.last++
		s.list, s.born = append(s.list, r), append(s.born, s.last)
	}
	s.named[r.label()] = r.key()
}

// remove takes a record off; its name is free at once.
func (s *shelf[T]) remove(r T) {
	i, ok := s.at[r.key()]
	if !ok {
		return
	}
	s.unname(s.list[i])
	delete(s.at, r.key())
	s.list = slices.Delete(slices.Clone(s.list), i, i+1) // pages under way may still read the former list
	s.born = slices.Delete(s.born, i, i+1)
	for j := i; j < len(s.list); j++ {
		s.at[s.list[j].key()] = j
	}
}

// unname frees a record's name; a seed may have given it to another since.
func (s *shelf[T]) unname(r T) {
	if s.named[r.label()] == r.key() {
		delete(s.named, r.label())
	}
}

// since is the key by which a list of the shelf's records ascends.
func (s *shelf[T]) since(r T) string { return fmt.Sprintf("%016x", s.born[s.at[r.key()]]) }

func (s *shelf[T]) clone() *shelf[T] {
	return &shelf[T]{slices.Clone(s.list), slices.Clone(s.born), s.last, maps.Clone(s.at), maps.Clone(s.named)}
}
