package connect

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/connect"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"wrapup/internal/instance"
)

// identityTimeout bounds GetCallerIdentity: it only tells the account, which an instance's ARN tells as well.
const identityTimeout = 3 * time.Second

// login is one set of credentials. The account of a role stands in its ARN; that of the default credentials is
// learnt from whatever answers first.
type login struct {
	name  string // role ARN, or "" for the default credentials
	creds aws.CredentialsProvider
	sts   *sts.Client
	ask   sync.Once // GetCallerIdentity is tried once

	mu      sync.Mutex
	account string

	called sync.Mutex
	arn    string // see Gateway.Caller
}

// source is a login in a Region.
type source struct {
	login   *login
	region  string
	client  *connect.Client
	retryer *retryer
}

func (s *source) describe() instance.Source {
	return instance.Source{Name: s.login.name, Region: s.region, Account: s.login.known()}
}

// load reads the SDK's default chain, or builds a configuration from fixed keys without looking at the environment.
func load(ctx context.Context, o Options) (cfg aws.Config, err error) {
	var client aws.HTTPClient = awshttp.NewBuildableClient().WithTimeout(o.HTTPTimeout)
	if o.HTTP != nil {
		client = o.HTTP
	}
	if c := o.Credentials; c != nil {
		cfg.Credentials = credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, c.SessionToken)
		cfg.HTTPClient = client
	} else if cfg, err = config.LoadDefaultConfig(ctx, config.WithHTTPClient(client)); err != nil {
		return cfg, err
	}
	cfg.HTTPClient, cfg.Logger = whole{cfg.HTTPClient}, sdkLogger{o.Logger} // not before: AWS_CA_BUNDLE wants the SDK's own client
	if o.UserAgent != "" {
		name, version, _ := strings.Cut(o.UserAgent, "/")
		cfg.APIOptions = append(cfg.APIOptions, awsmiddleware.AddUserAgentKeyValue(name, version))
	}
	return cfg, nil
}

// logins are the names to read with, "" for the default credentials, each once.
func logins(roles []string) []string {
	if len(roles) == 0 {
		return []string{""}
	}
	var names []string
	for _, r := range roles {
		if r == OwnCredentials {
			r = ""
		}
		if !slices.Contains(names, r) {
			names = append(names, r)
		}
	}
	return names
}

func newLogin(name string, cfg aws.Config, region string, o Options) *login {
	cfg.Region = region
	cfg.Credentials = marked{cfg.Credentials}
	client := sts.NewFromConfig(cfg, func(s *sts.Options) {
		if o.STSEndpoint != "" {
			s.BaseEndpoint = aws.String(o.STSEndpoint)
		}
	})
	l := &login{name: name, creds: cfg.Credentials, sts: client}
	if name != "" {
		role := stscreds.NewAssumeRoleProvider(client, name, func(a *stscreds.AssumeRoleOptions) { a.RoleSessionName = "wrapup" })
		l.creds = marked{aws.NewCredentialsCache(role)}
		l.account = accountOf(name)
	}
	return l
}

func (g *Gateway) newSource(l *login, cfg aws.Config, region string, o Options) *source {
	s := &source{login: l, region: region, retryer: newRetryer(o.Backoff)}
	cfg.Region, cfg.Credentials = region, l.creds
	s.client = connect.NewFromConfig(cfg, func(c *connect.Options) {
		c.Retryer = s.retryer
		c.APIOptions = append(c.APIOptions, g.perAttempt(s))
		if o.Endpoint != "" {
			c.BaseEndpoint = aws.String(o.Endpoint)
		}
	})
	return s
}

func (l *login) known() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.account
}

func (l *login) learn(account string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.account == "" {
		l.account = account
	}
}

// identify asks who we are, once and briefly. A refusal is no error: the account is only a name here.
func (l *login) identify(ctx context.Context) {
	if l.known() != "" {
		return
	}
	l.ask.Do(func() {
		ctx, cancel := context.WithTimeout(ctx, identityTimeout)
		defer cancel()
		out, err := l.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}, func(o *sts.Options) { o.Retryer = aws.NopRetryer{} })
		if err == nil {
			l.learn(aws.ToString(out.Account))
		}
	})
}

// scope names the account whose quota a request uses: until it is known, the credentials.
func (s *source) scope() string {
	if a := s.login.known(); a != "" {
		return a
	}
	return s.login.name
}

// accountOf reads the account out of an ARN; empty where there is none.
func accountOf(arn string) string {
	p := strings.SplitN(arn, ":", 6)
	if len(p) < 6 || len(p[4]) != 12 {
		return ""
	}
	return p[4]
}
