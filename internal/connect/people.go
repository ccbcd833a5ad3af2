package connect

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/connect/types"

	"wrapup/internal/instance"
)

const pageUsers = 500

// told is pages where an answer without its list is a fault: nobody and nothing permitted would be wrong conclusions from it.
func told[Out any](ctx context.Context, p pager[Out], token func(*Out) *string, has func(*Out) bool, yield func(*Out) bool) error {
	whole := true
	err := pages(ctx, p, token, func(o *Out) bool {
		whole = has(o)
		return whole && yield(o)
	})
	if err == nil && !whole {
		return empty()
	}
	return err
}

// SecurityProfiles lists the instance's security profiles, without their permissions.
func (g *Gateway) SecurityProfiles(ctx context.Context, in instance.Instance) ([]instance.SecurityProfile, error) {
	s, err := g.route(ctx, in)
	if err != nil {
		return nil, err
	}
	var list []instance.SecurityProfile
	p := connect.NewListSecurityProfilesPaginator(s.client, &connect.ListSecurityProfilesInput{
		InstanceId: aws.String(string(in.ID)), MaxResults: aws.Int32(pageList),
	}, func(o *connect.ListSecurityProfilesPaginatorOptions) { o.StopOnDuplicateToken = true })
	err = told(ctx, p, func(o *connect.ListSecurityProfilesOutput) *string { return o.NextToken }, func(o *connect.ListSecurityProfilesOutput) bool {
		return o.SecurityProfileSummaryList != nil
	}, func(o *connect.ListSecurityProfilesOutput) bool {
		for _, s := range o.SecurityProfileSummaryList {
			list = append(list, instance.SecurityProfile{ID: aws.ToString(s.Id), ARN: aws.ToString(s.Arn), Name: aws.ToString(s.Name)})
		}
		return true
	})
	return list, err
}

// SecurityProfilePermissions lists what a security profile permits, by the API's names, such as "CustomViews.Access". With an
// error the list is not whole.
func (g *Gateway) SecurityProfilePermissions(ctx context.Context, in instance.Instance, profile string) ([]string, error) {
	s, err := g.route(ctx, in)
	if err != nil {
		return nil, err
	}
	var list []string
	p := connect.NewListSecurityProfilePermissionsPaginator(s.client, &connect.ListSecurityProfilePermissionsInput{
		InstanceId: aws.String(string(in.ID)), SecurityProfileId: aws.String(profile), MaxResults: aws.Int32(pageList),
	}, func(o *connect.ListSecurityProfilePermissionsPaginatorOptions) { o.StopOnDuplicateToken = true })
	err = told(ctx, p, func(o *connect.ListSecurityProfilePermissionsOutput) *string { return o.NextToken }, func(o *connect.ListSecurityProfilePermissionsOutput) bool {
		return o.Permissions != nil
	}, func(o *connect.ListSecurityProfilePermissionsOutput) bool {
		list = append(list, o.Permissions...)
		return true
	})
	return list, err
}

// SearchUsers gives all users, up to 500 at a time, until yield is false. Of their limits of after-contact work the unit is
// open where they are per channel (instance.WorkLimit).
func (g *Gateway) SearchUsers(ctx context.Context, in instance.Instance, yield func([]instance.User) bool) error {
	s, err := g.route(ctx, in)
	if err != nil {
		return err
	}
	p := connect.NewSearchUsersPaginator(s.client, &connect.SearchUsersInput{
		InstanceId: aws.String(string(in.ID)), MaxResults: aws.Int32(pageUsers),
	}, func(o *connect.SearchUsersPaginatorOptions) { o.StopOnDuplicateToken = true })
	return told(ctx, p, func(o *connect.SearchUsersOutput) *string { return o.NextToken }, func(o *connect.SearchUsersOutput) bool {
		return o.Users != nil
	}, func(o *connect.SearchUsersOutput) bool {
		users := make([]instance.User, len(o.Users))
		for i, u := range o.Users {
			users[i] = fromFoundUser(u)
		}
		return yield(users)
	})
}

// DescribeUser reads one user, with limits whose unit is known.
func (g *Gateway) DescribeUser(ctx context.Context, in instance.Instance, id string) (instance.User, error) {
	out, err := read(ctx, g, in, (*connect.Client).DescribeUser, &connect.DescribeUserInput{
		InstanceId: aws.String(string(in.ID)), UserId: aws.String(id),
	})
	if err != nil {
		return instance.User{}, err
	}
	if out.User == nil || aws.ToString(out.User.Id) != id {
		return instance.User{}, empty() // nor is another's answer one
	}
	return fromUser(*out.User), nil
}

// fromUser: a description has seconds (UserPhoneConfig, AfterContactWorkConfig in the API reference).
func fromUser(u types.User) instance.User {
	out := instance.User{ID: aws.ToString(u.Id), ARN: aws.ToString(u.Arn), Login: aws.ToString(u.Username), Profiles: u.SecurityProfileIds}
	out.Limits = workLimits(u.PhoneConfig, u.AfterContactWorkConfigs, time.Second, false)
	if i := u.IdentityInfo; i != nil {
		out.First, out.Last = aws.ToString(i.FirstName), aws.ToString(i.LastName)
	}
	return out
}

// fromFoundUser: a search has milliseconds in PhoneConfig (SearchUsers, UserPhoneConfig). Of AfterContactWorkConfigs the page
// of the operation says milliseconds as well, as it is the same member, and that of the type seconds.
func fromFoundUser(u types.UserSearchSummary) instance.User {
	out := instance.User{ID: aws.ToString(u.Id), ARN: aws.ToString(u.Arn), Login: aws.ToString(u.Username), Profiles: u.SecurityProfileIds}
	out.Limits = workLimits(u.PhoneConfig, u.AfterContactWorkConfigs, time.Millisecond, true)
	if i := u.IdentityInfo; i != nil {
		out.First, out.Last = aws.ToString(i.FirstName), aws.ToString(i.LastName)
	}
	return out
}

// workLimits lists a user's limits; open is whether the unit of those per channel is.
func workLimits(phone *types.UserPhoneConfig, channels []types.AfterContactWorkConfigPerChannel, unit time.Duration, open bool) []instance.WorkLimit {
	var list []instance.WorkLimit
	if phone != nil {
		list = append(list, instance.WorkLimit{Limit: time.Duration(phone.AfterContactWorkTimeLimit) * unit})
	}
	for _, c := range channels {
		add := func(config *types.AfterContactWorkConfig, callback bool) {
			if config != nil {
				limit := time.Duration(config.AfterContactWorkTimeLimit) * unit
				list = append(list, instance.WorkLimit{Channel: string(c.Channel), Callback: callback, Limit: limit, UnitOpen: open})
			}
		}
		add(c.AfterContactWorkConfig, false)
		add(c.AgentFirstCallbackAfterContactWorkConfig, true)
	}
	return list
}
