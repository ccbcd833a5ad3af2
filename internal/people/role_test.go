package people_test

import (
	"testing"

	"wrapup/internal/people"
)

func TestARoleMayWhatThoseBeforeItMay(t *testing.T) {
	t.Parallel()
	roles := people.Roles()
	for i, r := range roles {
		for j, min := range roles {
			if got := r.AtLeast(min); got != (i >= j) {
				t.Errorf("%s at least %s: %t", r, min, got)
			}
		}
	}
	for _, unknown := range []people.Role{"", "root", "Admin", "admin "} {
		if unknown.Known() || unknown.AtLeast(people.Viewer) || people.Admin.AtLeast(unknown) || unknown.AtLeast(unknown) {
			t.Errorf("the unknown role %q counts", unknown)
		}
	}
}

func TestPermissionsNeedTheRoleOfTheTable(t *testing.T) {
	t.Parallel()
	for p, want := range map[people.Permission][]people.Role{
		people.See:          {people.Viewer, people.Editor, people.Publisher, people.Admin},
		people.EditDrafts:   {people.Editor, people.Publisher, people.Admin},
		people.PlanChanges:  {people.Editor, people.Publisher, people.Admin},
		people.Publish:      {people.Publisher, people.Admin},
		people.Settle:       {people.Publisher, people.Admin},
		people.SetRules:     {people.Admin},
		people.Halt:         {people.Admin},
		people.ManagePeople: {people.Admin},
		people.ReadRecord:   {people.Admin},
		"nonsense":          nil,
		"":                  nil,
	} {
		var got []people.Role
		for _, r := range append(people.Roles(), "", "root") {
			if r.May(p) {
				got = append(got, r)
			}
		}
		if len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
			t.Errorf("%q is for %v, want %v", p, got, want)
		}
	}
}
