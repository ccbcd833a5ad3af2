package main

import (
	"bytes"
	"strings"
	"testing"
)

// typed runs the program as somebody types it, in an environment that has nothing.
func typed(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, process{nil, strings.NewReader(""), &o, &e})
	return code, o.String(), e.String()
}

// Help that was asked for can be read with a pager; also where the environment is wrong, for that is when it is looked for.
func TestHelpIsADocument(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"help": usage, "--help": usage, "-h": usage, "-help": usage, "help help": usage, "help --help": usage, "--help -h": usage, "help help serve": usage,
		"help demo": demoUsage, "demo --help": demoUsage, "demo -h": demoUsage, "demo --listen nowhere --help": demoUsage,
		"serve --help": serveUsage, "help serve": serveUsage, "--help serve": serveUsage,
		"admin --help": adminUsage, "admin help": adminUsage, "help admin link": adminUsage, "admin link --help": adminUsage, "admin link --name Mina -h": adminUsage,
		"backup --help": backupUsage, "help backup": backupUsage,
		"history --help": historyUsage, "help history": historyUsage, "history verify --help": historyUsage, "history export -h": historyUsage,
		"doctor --help": doctorUsage, "help flow": flowUsage, "flow audit --help": flowUsage, "help guide": guideUsage, "guide new -h": guideUsage,
		"audit --help": new(auditRun).usage(), "audit --instance x -h": new(auditRun).usage(),
		"version --help": versionUsage, "help version": versionUsage,
	} {
		t.Run("wrapup "+args, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			p := process{[]string{"WRAPUP_RATE=fast", "WRAPUP_LOG_LEVEL=loud"}, strings.NewReader(""), &out, &errs}
			if code := run(t.Context(), strings.Fields(args), p); code != exitDone || out.String() != want || errs.Len() > 0 {
				t.Errorf("exit %d: %q, %q", code, out.String(), errs.String())
			}
		})
	}
}

func TestWrongUsageIsSaidByItsCommand(t *testing.T) {
	t.Parallel()
	for args, says := range map[string]string{
		"":                               "wrapup: the after-contact-work guide",
		"help publish":                   `wrapup: there is no command "publish"`,
		"publish":                        `wrapup: there is no command "publish"`,
		"--nonsense":                     `wrapup: there is no command "--nonsense"`,
		"version extra":                  `wrapup version: unexpected argument "extra"`,
		"version --short":                "wrapup version: there is no flag --short\n",
		"serve --nonsense":               "wrapup serve: there is no flag --nonsense\n",
		"serve -nonsense=1":              "wrapup serve: there is no flag --nonsense\n",
		"serve ---listen":                "wrapup serve: ---listen is no flag\n",
		"serve --listen":                 "wrapup serve: --listen needs a value\n",
		"serve --log-level loud":         `wrapup serve: --log-level: "loud" is none of debug, info, warn and error`,
		"serve extra":                    `wrapup serve: unexpected argument "extra"`,
		"demo extra":                     `wrapup demo: unexpected argument "extra"`,
		"demo --log-level loud":          `wrapup demo: --log-level: "loud" is none of debug, info, warn and error`,
		"demo --listen 0.0.0.0:8080":     `wrapup demo: --listen "0.0.0.0:8080" is not this computer's own address`,
		"demo --listen 192.0.2.1:8080":   "this computer",
		"demo --listen [::]:8080":        "this computer",
		"demo --listen example.com:8080": "this computer",
		"demo --listen 8080":             `wrapup demo: --listen "8080" is no address and port`,
		"admin":                          "usage: wrapup admin",
		"admin unlock":                   `wrapup admin: there is no command "unlock"`,
		"admin link --role x":            "wrapup admin link: there is no flag --role\n",
		"admin link":                     "wrapup admin link: --name says whose account it is\n",
		"backup":                         "usage: wrapup backup",
		"backup --foo":                   "wrapup backup: there is no flag --foo\n",
		"backup a b":                     `wrapup backup: unexpected argument "b"`,
		"history":                        "usage: wrapup history",
		"history rewrite":                `wrapup history: there is no command "rewrite"`,
		"history verify --foo":           "wrapup history verify: there is no flag --foo\n",
		"history verify --head zz":       `wrapup history verify: --head: "zz" is no head: that has 64 digits and letters from a to f`,
		"history export --after 9999999999999999999": `wrapup history export: --after: "9999999999999999999" is no number of an entry`,
		"audit":                       "wrapup audit: --instance is missing\n",
		"audit --instance x --json=7": `wrapup audit: --json is true or false, not "7"`,
		"doctor --json=7":             `wrapup doctor: --json is true or false, not "7"`,
		"flow paint":                  `wrapup flow: there is no command "paint"`,
		"flow audit":                  "wrapup flow audit: FILE is missing\n",
		"flow audit - -":              "wrapup flow audit: standard input can be read only once\n",
		"flow unwire a b":             `wrapup flow unwire: unexpected argument "b"`,
		"flow check --strict -":       "wrapup flow check: there is no flag --strict\n",
		"guide paint":                 `wrapup guide: there is no command "paint"`,
		"guide new":                   "wrapup guide new: --region is missing\n",
		"guide set --set x -":         "wrapup guide set: --set: want Key=Value\n",
	} {
		t.Run("wrapup "+args, func(t *testing.T) {
			t.Parallel()
			if code, out, errs := typed(t, strings.Fields(args)...); code != exitUsage || out != "" || !strings.Contains(errs, says) {
				t.Errorf("exit %d: %q, %q", code, out, errs)
			}
		})
	}
}
