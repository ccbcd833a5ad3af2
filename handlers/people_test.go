package handlers

import (
	"crypto/tls"
	"net/http/httptest"
	"testing"
)

func TestALinkIsMadeForTheAddressThatThePersonUses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		base, origin, site string
		tls                bool
		want               string
	}{
		"the configured address wins":                         {base: "https://a.example", origin: "http://w.example:8080", want: "https://a.example"},
		"nothing else is known":                               {want: "http://w.example:8080"},
		"wrapup itself speaks TLS":                            {tls: true, want: "https://w.example:8080"},
		"a proxy speaks TLS":                                  {origin: "https://w.example:8080", want: "https://w.example:8080"},
		"the browser speaks without":                          {origin: "http://w.example:8080", want: "http://w.example:8080"},
		"a proxy gives another host, the browser vouches":     {origin: "https://public.example", site: "same-origin", want: "https://public.example"},
		"an origin elsewhere that nobody vouches for":         {origin: "https://evil.example", want: "http://w.example:8080"},
		"an origin of another site":                           {origin: "https://evil.example", site: "cross-site", want: "http://w.example:8080"},
		"an origin that is none":                              {origin: "null", site: "same-origin", want: "http://w.example:8080"},
		"an origin of another scheme":                         {origin: "javascript://w.example:8080", site: "same-origin", want: "http://w.example:8080"},
		"an origin that cannot be read":                       {origin: "https://[", site: "same-origin", want: "http://w.example:8080"},
		"an origin with more than an origin is cut to itself": {origin: "https://u:p@w.example:8080/x?y", want: "https://w.example:8080"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("POST", "http://w.example:8080/people", nil)
			if c.tls {
				r.TLS = &tls.ConnectionState{}
			}
			for k, v := range map[string]string{"Origin": c.origin, "Sec-Fetch-Site": c.site} {
				if v != "" {
					r.Header.Set(k, v)
				}
			}
			h := &People{&Shell{Deps: Deps{BaseURL: c.base}}}
			if got := h.base(r); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
