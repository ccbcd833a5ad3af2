package readiness

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/ordered"
)

// Reader is the part of the gateway that tells of people. Errors are *fault.Error.
type Reader interface {
	SecurityProfiles(ctx context.Context, in instance.Instance) ([]instance.SecurityProfile, error)
	SecurityProfilePermissions(ctx context.Context, in instance.Instance, profile string) ([]string, error)
	// SearchUsers gives all users, page by page, until yield is false. After an error the pages given were not all.
	SearchUsers(ctx context.Context, in instance.Instance, yield func([]instance.User) bool) error
	DescribeUser(ctx context.Context, in instance.Instance, id string) (instance.User, error)
}

// Facts are what Read collected.
type Facts struct {
	ReadAt time.Time
	// Users by login. Their limits have a known unit, unless Unit says why not.
	Users []instance.User
	Rest  error                      // why there may be more users
	Names map[string]string          // of security profiles, by id
	Named error                      // why there are no names
	May   map[string]map[string]bool // by a profile's id: which of this package's permissions it has
	Shut  map[string]error           // by a profile's id: why its permissions are not known
	Unit  error                      // the last failure to settle the unit of limits, where it stays open
}

const (
	// mostDescribed bounds what settles the unit: a user may change between the search and the description.
	mostDescribed = 3
	// mostFailed are the failures in a row, besides denials and profiles that are gone, after which permissions are not asked for
	// any more: each may have taken long.
	mostFailed = 3
)

// Read collects what is needed with at most ceil(users/500) + 1 + (profiles in use) + 3 calls, where no profile has more than
// 1,000 permissions: a search brings all that is asked of users but one unit, which three descriptions settle for all. Its
// faults are in the facts. now is when it is read.
func Read(ctx context.Context, r Reader, in instance.Instance, now time.Time) *Facts {
	f := &Facts{ReadAt: now, Names: map[string]string{}, May: map[string]map[string]bool{}, Shut: map[string]error{}}
	f.readUsers(ctx, r, in)
	if len(f.Users) == 0 {
		return f
	}
	f.readProfiles(ctx, r, in)
	f.settleUnit(ctx, r, in)
	return f
}

// readUsers keeps the first of what is told twice: a list may change between two pages.
func (f *Facts) readUsers(ctx context.Context, r Reader, in instance.Instance) {
	seen := map[string]bool{}
	f.Rest = r.SearchUsers(ctx, in, func(page []instance.User) bool {
		for _, u := range page {
			if !seen[u.ID] {
				seen[u.ID] = true
				u.Limits = slices.Clone(u.Limits)
				f.Users = append(f.Users, u)
			}
		}
		return true
	})
	ordered.By(f.Users, byLogin)
}

// readProfiles asks only for profiles that somebody has.
func (f *Facts) readProfiles(ctx context.Context, r Reader, in instance.Instance) {
	list, err := r.SecurityProfiles(ctx, in)
	f.Named = err
	for _, p := range list {
		f.Names[p.ID] = p.Name
	}
	used := map[string]bool{}
	for _, u := range f.Users {
		for _, p := range u.Profiles {
			used[p] = true
		}
	}
	failed := 0
	for _, p := range slices.Sorted(maps.Keys(used)) {
		if failed == mostFailed {
			f.Shut[p] = err
			continue
		}
		var all []string
		if all, err = r.SecurityProfilePermissions(ctx, in, p); err == nil {
			f.May[p] = map[string]bool{CustomViews: slices.Contains(all, CustomViews), ControlPanel: slices.Contains(all, ControlPanel)}
			failed = 0
			continue
		}
		f.Shut[p] = err
		if !fault.Is(err, fault.Denied) && !fault.Is(err, fault.NotFound) {
			failed++
		}
	}
}

// settleUnit finds out whether limits per channel were searched in milliseconds, as they are read, or in seconds, and puts
// them right for all users: the unit is the service's, not a user's.
func (f *Facts) settleUnit(ctx context.Context, r Reader, in instance.Instance) {
	asked := 0
	for _, u := range f.Users {
		if asked == mostDescribed || fault.Is(f.Unit, fault.Denied) {
			return
		}
		if !slices.ContainsFunc(u.Limits, doubtful) {
			continue
		}
		asked++
		d, err := r.DescribeUser(ctx, in, u.ID)
		if f.Unit = err; err != nil {
			continue
		}
		if times := ratio(u.Limits, d.Limits); times > 0 {
			f.scale(times)
			return
		}
	}
}

// doubtful limits are another time in another unit.
func doubtful(l instance.WorkLimit) bool { return l.UnitOpen && l.Limit > 0 }

// ratio is what found limits in doubt must be multiplied by to be those described: 1 or 1000; 0 where neither fits all.
func ratio(found, described []instance.WorkLimit) time.Duration {
	times := time.Duration(0)
	for _, l := range found {
		if !doubtful(l) {
			continue
		}
		i := slices.IndexFunc(described, func(d instance.WorkLimit) bool { return d.Channel == l.Channel && d.Callback == l.Callback })
		if i < 0 {
			return 0
		}
		own := map[time.Duration]time.Duration{l.Limit: 1, 1000 * l.Limit: 1000}[described[i].Limit]
		if own == 0 || times != 0 && own != times {
			return 0
		}
		times = own
	}
	return times
}

func (f *Facts) scale(times time.Duration) {
	for _, u := range f.Users {
		for i := range u.Limits {
			if l := &u.Limits[i]; l.UnitOpen {
				l.Limit, l.UnitOpen = l.Limit*times, false
			}
		}
	}
}

func byLogin(a, b instance.User) int {
	return cmp.Or(cmp.Compare(a.Login, b.Login), cmp.Compare(a.ID, b.ID))
}
