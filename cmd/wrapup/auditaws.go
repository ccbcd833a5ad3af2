package main

import (
	"cmp"
	"flag"
	"fmt"
	"log/slog"
	"strings"

	"github.com/caarlos0/env/v11"

	"wrapup/internal/connect"
	"wrapup/internal/instance"
)

// remote is how a command that answers on the terminal reaches AWS: by the environment's settings, and flags.
type remote struct {
	config
	endpoint string // a simulator on this computer; "" is AWS
	badEnv   error  // what cannot be read of the settings
}

// flags declares --region and --endpoint.
func (r *remote) flags(f *flag.FlagSet) {
	listVar(f, "region", &r.Regions)
	f.StringVar(&r.endpoint, "endpoint", "", "")
}

// fromEnvironment reads the settings; they are checked once flags are known.
func fromEnvironment(p process) remote {
	c, err := readSettings(p)
	return remote{config: c, badEnv: err}
}

// checkFlags says what is wrong with the flags.
func (r *remote) checkFlags() error {
	r.Regions = trimmed(r.Regions)
	for _, name := range r.Regions {
		if !regionName.MatchString(name) {
			return fmt.Errorf("%q is no Region such as eu-central-1", name)
		}
	}
	if r.endpoint != "" && !isLocal(r.endpoint) {
		return fmt.Errorf("--endpoint %q is no simulator on this computer such as http://127.0.0.1:9911; other addresses of AWS's come from AWS_ENDPOINT_URL_CONNECT and AWS_ENDPOINT_URL_STS", r.endpoint)
	}
	return nil
}

// options are the gateway's. A simulator gets invented keys, never those of the environment, and need not be spared.
func (r *remote) options(p process) connect.Options {
	o := connect.Options{Regions: r.Regions, RoleARNs: r.RoleARNs, Share: r.Rate, UserAgent: "wrapup/" + userAgentVersion()}
	if r.LogLevel <= slog.LevelDebug { // the SDK's warnings are for who looks for them
		o.Logger = r.logger(p.stderr)
	}
	if r.endpoint != "" {
		o.Endpoint = strings.TrimSuffix(r.endpoint, "/")
		o.STSEndpoint, o.Rate, o.Burst = o.Endpoint, demoRate, demoRate
		if len(o.Regions) == 0 { // where the SDK finds a Region it finds keys, too, and those are not for a simulator
			set := env.ToMap(p.env)
			o.Regions = trimmed([]string{cmp.Or(set["AWS_REGION"], set["AWS_DEFAULT_REGION"])})
		}
		o.Credentials = &connect.Credentials{AccessKey: "practice", SecretKey: "practice"}
	}
	return o
}

// toInstance reads what a person calls an instance: its id, its ARN or its alias.
func toInstance(name string) instance.Ref {
	ref, ok := instance.ParseInstance(name)
	if !ok {
		return instance.Ref{}
	}
	ref.Instance = instance.ID(strings.ToLower(string(ref.Instance)))
	return ref
}

// names says whether a person may call the instance so. ref is the name, read.
func names(name string, ref instance.Ref, in instance.Instance) bool {
	if ref.Instance == "" {
		return in.Alias != "" && strings.EqualFold(in.Alias, name)
	}
	return ref.Instance == in.ID && cmp.Or(ref.Region, in.Region) == in.Region && cmp.Or(ref.Account, in.Account) == in.Account
}
