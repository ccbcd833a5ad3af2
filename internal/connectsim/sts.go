package connectsim

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// session is what AssumeRole handed out.
type session struct {
	Key, Account, Role, Name string
	Expires                  time.Time
}

// stsOperations are the two operations of the Security Token Service that a caller of Connect needs.
func stsOperations() []*operation {
	return []*operation{
		{name: "GetCallerIdentity", query: true, handle: (*call).getCallerIdentity},
		{name: "AssumeRole", query: true, on: onRole, handle: (*call).assumeRole, errors: []string{"ExpiredTokenException"}, in: []member{
			form("RoleArn", text(20, 2048)).must(),
			form("RoleSessionName", text(2, 64).matching(`^[\w+=,.@-]+$`)).must(),
			form("DurationSeconds", number(900, 43_200)),
			form("ExternalId", text(2, 1224))}},
	}
}

// readForm reads an awsQuery request: its operation is the Action of the form or of the query string.
func (q *request) readForm(table []*operation, r *http.Request, raw []byte, err error) *apiError {
	form, bad := url.ParseQuery(string(raw))
	if err != nil || bad != nil || len(raw) > maxBody {
		form = url.Values{}
	}
	for k, v := range r.URL.Query() {
		form[k] = append(form[k], v...)
	}
	q.form = form
	for _, op := range table {
		if op.query && op.name == form.Get("Action") && form.Get("Version") == "2011-06-15" {
			q.op = op
			return nil
		}
	}
	return fail("InvalidAction", "could not find operation %s for version %s", form.Get("Action"), form.Get("Version"))
}

type identity struct {
	XMLName xml.Name `xml:"GetCallerIdentityResult"`
	Arn     string
	UserID  string `xml:"UserId"`
	Account string
}

func (c *call) getCallerIdentity() (any, *apiError) {
	if s, ok := c.sim.sessions[c.auth.key]; ok {
		return identity{Arn: s.arn(), UserID: s.roleID() + ":" + s.Name, Account: s.Account}, nil
	}
	return identity{Arn: "arn:aws:iam::" + c.account + ":user/practice", UserID: "AIDAPRACTICE000000001", Account: c.account}, nil
}

var roleARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):role/(?:.*/)?([\w+=,.@-]{1,64})$`)

type assumed struct {
	XMLName     xml.Name `xml:"AssumeRoleResult"`
	Credentials struct {
		KeyID           string `xml:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string
		Expiration      string
	}
	User struct {
		ID  string `xml:"AssumedRoleId"`
		Arn string
	} `xml:"AssumedRoleUser"`
}

// assumeRole hands out keys of the role's account, whatever role it is: no policy is simulated.
func (c *call) assumeRole() (any, *apiError) {
	m := roleARN.FindStringSubmatch(c.in.text("RoleArn"))
	if m == nil {
		return nil, c.op.invalid("%s is not the ARN of a role", c.in.text("RoleArn"))
	}
	c.sim.serial++
	s := session{Account: m[1], Role: m[2], Name: c.in.text("RoleSessionName"),
		Expires: c.now.Add(time.Duration(c.in.number("DurationSeconds", 3600)) * time.Second)}
	key := "ASIA" + strings.ToUpper(strings.ReplaceAll(derivedID("key", m[0], s.Name, fmt.Sprint(c.sim.serial)), "-", "")[:16])
	for _, gone := range c.sim.expired(c.now) {
		c.remove(nil, &gone)
	}
	s.Key = key
	c.put(nil, &s)
	var out assumed
	out.Credentials.KeyID = key
	out.Credentials.SecretAccessKey = "practice/" + derivedID("secret", key)
	out.Credentials.SessionToken = "practice-session-" + derivedID("token", key)
	out.Credentials.Expiration = s.Expires.UTC().Format(time.RFC3339)
	out.User.ID, out.User.Arn = s.roleID()+":"+s.Name, s.arn()
	return out, nil
}

// expired are the sessions to forget, in order: a day after their end. Until then their keys answer ExpiredTokenException.
func (s *Sim) expired(now time.Time) (gone []session) {
	for _, key := range slices.Sorted(maps.Keys(s.sessions)) {
		if v := s.sessions[key]; now.Sub(v.Expires) > 24*time.Hour {
			gone = append(gone, v)
		}
	}
	return gone
}

func (s session) arn() string {
	return "arn:aws:sts::" + s.Account + ":assumed-role/" + s.Role + "/" + s.Name
}

func (s session) roleID() string {
	return "AROA" + strings.ToUpper(strings.ReplaceAll(derivedID("role", s.Account, s.Role), "-", "")[:17])
}
