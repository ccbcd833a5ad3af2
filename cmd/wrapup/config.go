package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"strings"

	"github.com/caarlos0/env/v11"

	"wrapup/internal/flow"
	"wrapup/internal/reqctx"
	"wrapup/internal/webhook"
)

// config is everything that can be set, from the environment first; a flag given on the command line wins.
type config struct {
	Listen        string            `env:"WRAPUP_LISTEN" envDefault:"127.0.0.1:8080"`
	Database      string            `env:"WRAPUP_DATABASE" envDefault:"wrapup.db"`
	Regions       []string          `env:"WRAPUP_REGIONS"`
	RoleARNs      []string          `env:"WRAPUP_ROLE_ARNS"`
	EventHook     string            `env:"WRAPUP_EVENT_HOOK"`
	BaseURL       string            `env:"WRAPUP_BASE_URL"`
	Rate          float64           `env:"WRAPUP_RATE" envDefault:"1"`
	Scheduled     float64           `env:"WRAPUP_SCHEDULED_RATE" envDefault:"0.5"`
	Daily         bool              `env:"WRAPUP_DAILY_READING" envDefault:"true"`
	LogLevel      slog.Level        `env:"WRAPUP_LOG_LEVEL" envDefault:"info"`
	LogFormat     string            `env:"WRAPUP_LOG_FORMAT" envDefault:"text"`
	Proxies       []string          `env:"WRAPUP_TRUSTED_PROXIES"`
	MetricsToken  string            `env:"WRAPUP_METRICS_TOKEN"`
	WebhookURL    string            `env:"WRAPUP_WEBHOOK_URL"`
	WebhookSecret string            `env:"WRAPUP_WEBHOOK_SECRET"`
	ManagedTags   map[string]string `env:"WRAPUP_MANAGED_TAGS" envKeyValSeparator:"="`
}

const serveUsage = `usage: wrapup serve [flags]

AWS credentials and the Region come from where the AWS SDK finds them (environment, shared files, roles). Settings come
from the environment; a flag wins over its variable.

  WRAPUP_LISTEN           address to listen on (127.0.0.1:8080)                              --listen
  WRAPUP_DATABASE         file of the database, or postgres://user@host/name (wrapup.db)     --database
  WRAPUP_BASE_URL         how people reach wrapup, such as https://wrapup.example.com        --base-url
  WRAPUP_REGIONS          Regions to read, with commas between (the SDK's)                   --regions
  WRAPUP_ROLE_ARNS        roles to assume, with commas between; "default" is no role         --role-arns
  WRAPUP_RATE             share of the API quota to take, above 0 and up to 1 (1)
  WRAPUP_DAILY_READING    read every instance once a day: true or false (true)
  WRAPUP_SCHEDULED_RATE   share of the API quota for that, above 0 and up to WRAPUP_RATE (0.5)
  WRAPUP_EVENT_HOOK       the event's name, where it is not ` + flow.EventACW + `
  WRAPUP_MANAGED_TAGS     tag keys that mark a flow as managed elsewhere: prefix=name, with commas between
  WRAPUP_TRUSTED_PROXIES  address ranges whose X-Forwarded-For is believed, such as 10.0.0.0/8
  WRAPUP_WEBHOOK_URL      https address that is told what readings find (docs/webhooks.md)
  WRAPUP_WEBHOOK_SECRET   what the webhook's requests are signed with
  WRAPUP_METRICS_TOKEN    bearer token for /metrics (without one: this computer only)
  WRAPUP_LOG_LEVEL        debug, info, warn or error (info)                                  --log-level
  WRAPUP_LOG_FORMAT       text or json (text)
`

// loadConfig reads environment and flags and checks them, once.
func loadConfig(args []string, p process) (config, error) {
	c, unread := readSettings(p)
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	f.StringVar(&c.Listen, "listen", c.Listen, "")
	f.StringVar(&c.Database, "database", c.Database, "")
	f.StringVar(&c.BaseURL, "base-url", c.BaseURL, "")
	levelVar(f, &c.LogLevel)
	listVar(f, "regions", &c.Regions)
	listVar(f, "role-arns", &c.RoleARNs)
	if err := cmp.Or(p.parse(f, serveUsage, args), unread); err != nil {
		return c, err
	}
	return c, c.check()
}

// readSettings reads the environment. Its error names the variable; it is for after the flags, since help is given all the same.
func readSettings(p process) (config, error) {
	set := env.ToMap(p.env)
	c, err := env.ParseAsWithOptions[config](env.Options{Environment: set})
	var bad env.ParseError
	if !errors.As(err, &bad) {
		return c, err
	}
	field, _ := reflect.TypeFor[config]().FieldByName(bad.Name)
	name, says := field.Tag.Get("env"), "is no number"
	switch field.Type {
	case reflect.TypeFor[bool]():
		says = "is neither true nor false"
	case reflect.TypeFor[slog.Level]():
		says = noLevel
	case reflect.TypeFor[map[string]string]():
		says = "has something without =, which stands between a prefix and a name"
	}
	return c, fmt.Errorf("%s %q %s", name, set[name], says)
}

const noLevel = "is none of debug, info, warn and error"

func levelVar(f *flag.FlagSet, level *slog.Level) {
	f.Func("log-level", "", func(s string) error {
		if level.UnmarshalText([]byte(s)) != nil {
			return fmt.Errorf("%q %s", s, noLevel)
		}
		return nil
	})
}

func listVar(f *flag.FlagSet, name string, list *[]string) {
	f.Func(name, "", func(s string) error { *list = strings.Split(s, ","); return nil })
}

var errNoDatabase = errors.New("WRAPUP_DATABASE is empty: it names the file of the database, or a PostgreSQL as postgres://user@host/name")

var (
	regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+){1,3}-[0-9]+$`)
	roleARN    = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:role/.+$`)
	hookName   = regexp.MustCompile(`^[A-Za-z]{1,64}$`)
)

// check says the first thing that is wrong, in words that name the variable, and tidies lists and the base URL.
func (c *config) check() error {
	c.Regions, c.RoleARNs, c.Proxies = trimmed(c.Regions), trimmed(c.RoleARNs), trimmed(c.Proxies)
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	c.MetricsToken = strings.TrimSpace(c.MetricsToken) // no request carries what stands around it
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("WRAPUP_LISTEN %q is no address and port such as 127.0.0.1:8080", c.Listen)
	}
	if strings.TrimSpace(c.Database) == "" {
		return errNoDatabase
	}
	for _, r := range c.Regions {
		if !regionName.MatchString(r) {
			return fmt.Errorf("WRAPUP_REGIONS names %q, which is no Region such as eu-central-1", r)
		}
	}
	for _, r := range c.RoleARNs {
		if r != "default" && !roleARN.MatchString(r) {
			return fmt.Errorf("WRAPUP_ROLE_ARNS names %q, which is no role ARN such as arn:aws:iam::111122223333:role/wrapup", r)
		}
	}
	for _, p := range c.Proxies {
		if _, err := netip.ParsePrefix(p); err != nil {
			return fmt.Errorf("WRAPUP_TRUSTED_PROXIES names %q, which is no address range such as 10.0.0.0/8", p)
		}
	}
	if c.EventHook != "" && !hookName.MatchString(c.EventHook) {
		return fmt.Errorf("WRAPUP_EVENT_HOOK %q is no event name: letters only", c.EventHook)
	}
	if !(c.Rate > 0 && c.Rate <= 1) { // in this form, so that NaN is refused
		return fmt.Errorf("WRAPUP_RATE %v is no share: above 0 and up to 1", c.Rate)
	}
	if !(c.Scheduled > 0 && c.Scheduled <= 1) {
		return fmt.Errorf("WRAPUP_SCHEDULED_RATE %v is no share: above 0 and up to 1", c.Scheduled)
	}
	if _, err := c.webhook(nil); err != nil {
		return err
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		return fmt.Errorf("WRAPUP_LOG_FORMAT %q is neither text nor json", c.LogFormat)
	}
	return c.checkBaseURL()
}

func (c *config) checkBaseURL() error {
	if c.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("WRAPUP_BASE_URL %q is no address such as https://wrapup.example.com, without a path", c.BaseURL)
	}
	return nil
}

func trimmed(list []string) []string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// LogValue prints the settings with secrets masked.
func (c config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("listen", c.Listen), slog.String("database", masked(c.Database)), slog.String("base_url", c.BaseURL),
		slog.Any("regions", c.Regions), slog.Any("role_arns", c.RoleARNs), slog.String("event_hook", c.EventHook),
		slog.Float64("rate", c.Rate), slog.Float64("scheduled_rate", c.Scheduled), slog.Bool("daily_reading", c.Daily),
		slog.String("log_level", c.LogLevel.String()), slog.Any("trusted_proxies", c.Proxies),
		slog.String("webhook", webhook.Masked(c.WebhookURL)), slog.Bool("webhook_signed", c.WebhookSecret != ""),
		slog.Bool("metrics_token_set", c.MetricsToken != ""), slog.Any("managed_tags", c.ManagedTags))
}

// masked hides the password of a database address, wherever it stands, and whatever could be part of one that was not escaped.
func masked(dsn string) string {
	scheme, rest, ok := strings.Cut(dsn, "://")
	if !ok {
		return passwordWord.ReplaceAllString(dsn, "password=xxxxx")
	}
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		user, _, secret := strings.Cut(rest[:i], ":")
		if rest = rest[i:]; secret {
			rest = ":xxxxx" + rest
		}
		rest = user + rest
	}
	where, query, ok := strings.Cut(rest, "?")
	if q, err := url.ParseQuery(query); ok && err == nil {
		for name := range q {
			if strings.Contains(strings.ToLower(name), "password") {
				q.Set(name, "xxxxx")
			}
		}
		where += "?" + q.Encode()
	} else if ok {
		where += "?xxxxx"
	}
	return scheme + "://" + where
}

var passwordWord = regexp.MustCompile(`(?i)password\s*=\s*('(\\.|[^'])*'|[^\s&]*)`)

// logger writes to w, with what the context knows of the request.
func (c config) logger(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.LogLevel}
	var h slog.Handler = slog.NewTextHandler(w, o)
	if c.LogFormat == "json" {
		h = slog.NewJSONHandler(w, o)
	}
	return slog.New(reqctx.Handler{Handler: h})
}
