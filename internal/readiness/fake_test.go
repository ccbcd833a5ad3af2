package readiness_test

import (
	"context"
	"time"

	"wrapup/internal/fault"
	"wrapup/internal/instance"
	"wrapup/internal/readiness"
)

var (
	inst = instance.Instance{ID: "aaaaaaaa-1111-4111-8111-111111111111"}
	now  = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	acw  = []readiness.Guide{{Name: "After contact work", Seconds: 480}}
)

const (
	views = readiness.CustomViews
	panel = readiness.ControlPanel
)

// fake is an instance's people in memory.
type fake struct {
	pages     [][]instance.User // as searched
	searchErr error             // after the pages
	profiles  map[string][]string
	described map[string]instance.User
	fail      map[string]error // by method, or method and id
	calls     map[string]int
}

// people is an instance where profile "agent" may see guides, "store" may not, and "quality" takes no contacts.
func people(users ...instance.User) *fake {
	return &fake{pages: [][]instance.User{users}, fail: map[string]error{}, calls: map[string]int{}, described: map[string]instance.User{},
		profiles: map[string][]string{"agent": {panel, views, "Users.View"}, "store": {panel}, "quality": {"Users.View"}, "viewer": {views}}}
}

func (f *fake) enter(method, id string) error {
	f.calls[method]++
	if err := f.fail[method+" "+id]; err != nil {
		return err
	}
	return f.fail[method]
}

func (f *fake) SecurityProfiles(context.Context, instance.Instance) ([]instance.SecurityProfile, error) {
	if err := f.enter("SecurityProfiles", ""); err != nil {
		return nil, err
	}
	var list []instance.SecurityProfile
	for id := range f.profiles {
		list = append(list, instance.SecurityProfile{ID: id, Name: "The " + id})
	}
	return list, nil
}

// SecurityProfilePermissions gives half a list with an error.
func (f *fake) SecurityProfilePermissions(_ context.Context, _ instance.Instance, profile string) ([]string, error) {
	if err := f.enter("SecurityProfilePermissions", profile); err != nil {
		return []string{panel}, err
	}
	return f.profiles[profile], nil
}

func (f *fake) SearchUsers(_ context.Context, _ instance.Instance, yield func([]instance.User) bool) error {
	for _, page := range f.pages {
		f.calls["SearchUsers"]++
		if !yield(page) {
			return nil
		}
	}
	return f.searchErr
}

func (f *fake) DescribeUser(_ context.Context, _ instance.Instance, id string) (instance.User, error) {
	return f.described[id], f.enter("DescribeUser", id)
}

// user has a limit of after-contact work in all channels.
func user(login string, seconds int, profiles ...string) instance.User {
	return instance.User{ID: "id of " + login, Login: login, Profiles: profiles, Limits: []instance.WorkLimit{{Limit: time.Duration(seconds) * time.Second}}}
}

// limit is one channel's as a description has it; open is one as a search has it, read in milliseconds.
func limit(channel string, seconds int) instance.WorkLimit {
	return instance.WorkLimit{Channel: channel, Limit: time.Duration(seconds) * time.Second}
}

func open(channel string, value int) instance.WorkLimit {
	return instance.WorkLimit{Channel: channel, Limit: time.Duration(value) * time.Millisecond, UnitOpen: true}
}

// with is a user whose limits are these alone.
func with(login string, limits ...instance.WorkLimit) instance.User {
	u := user(login, 0, "agent")
	u.Limits = limits
	return u
}

func denied(action string) error {
	f := fault.New(fault.Denied, "aws.denied", "Action", "connect:"+action)
	f.Code, f.RequestID = "AccessDeniedException", "req-1"
	return f
}

func down() error { return fault.New(fault.Unavailable, "aws.service") }
