package e2e

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// visitor is a person with a browser of their own, who reads pages and presses buttons, without script.
type visitor struct {
	t      *testing.T
	base   string
	client *http.Client
}

func newVisitor(t *testing.T, base string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, base: base, client: &http.Client{Jar: jar, Timeout: patience}}
}

// page is an answer that was read to its end.
type page struct {
	status int
	url    *url.URL
	root   *html.Node
}

// get opens a page; an address is a path, or a whole one.
func (v *visitor) get(address string) page {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.absolute(address), nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.do(r)
}

func (v *visitor) absolute(address string) string {
	if strings.HasPrefix(address, "/") {
		return v.base + address
	}
	return address
}

func (v *visitor) do(r *http.Request) page {
	v.t.Helper()
	p, err := v.try(r)
	if err != nil {
		v.t.Fatal(err)
	}
	return p
}

func (v *visitor) try(r *http.Request) (page, error) {
	resp, err := v.client.Do(r)
	if err != nil {
		return page{}, err
	}
	defer resp.Body.Close()
	root, err := html.Parse(resp.Body)
	if err != nil {
		return page{}, err
	}
	return page{resp.StatusCode, resp.Request.URL, root}, nil
}

// press fills the form that has the button and sends it. What is not in fill is sent as the page has it.
func (v *visitor) press(p page, button string, fill url.Values) page {
	v.t.Helper()
	return v.do(v.pressing(p, button, fill))
}

func (v *visitor) pressing(p page, button string, fill url.Values) *http.Request {
	v.t.Helper()
	form, submit := p.button(button)
	if form == nil {
		v.t.Fatalf("no button %q on %s: %s", button, p.url, p.text())
	}
	values := filled(form, submit)
	for k, list := range fill {
		values[k] = list
	}
	action, err := p.url.Parse(attribute(form, "action"))
	if err != nil {
		v.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, action.String(), strings.NewReader(values.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// button finds the button by the beginning of its words, and its form.
func (p page) button(words string) (form, button *html.Node) {
	for n := range p.root.Descendants() {
		if n.Data == "button" && strings.HasPrefix(textOf(n), words) {
			for f := range n.Ancestors() {
				if f.Data == "form" {
					return f, n
				}
			}
		}
	}
	return nil, nil
}

// filled is what a browser would send for the form as it stands.
func filled(form, submit *html.Node) url.Values {
	out := url.Values{}
	add := func(n *html.Node, value string) {
		if name := attribute(n, "name"); name != "" && !has(n, "disabled") {
			out.Add(name, value)
		}
	}
	for n := range form.Descendants() {
		switch n.Data {
		case "input":
			if kind := attribute(n, "type"); kind == "checkbox" || kind == "radio" {
				if !has(n, "checked") {
					continue
				}
			}
			add(n, attribute(n, "value"))
		case "textarea":
			add(n, textOf(n))
		case "select":
			add(n, chosen(n))
		}
	}
	add(submit, attribute(submit, "value"))
	return out
}

func chosen(list *html.Node) string {
	first, found := "", false
	for o := range list.Descendants() {
		if o.Data != "option" {
			continue
		}
		if has(o, "selected") {
			return attribute(o, "value")
		}
		if !found {
			first, found = attribute(o, "value"), true
		}
	}
	return first
}

// value is what the checkbox or radio button with this label would send.
func (p page) value(label string) string {
	for n := range p.root.Descendants() {
		if n.Data == "input" && attribute(n, "aria-label") == label {
			return attribute(n, "value")
		}
	}
	return ""
}

func (p page) text() string {
	for n := range p.root.Descendants() {
		if n.Data == "main" {
			return textOf(n)
		}
	}
	return textOf(p.root)
}

func textOf(n *html.Node) string {
	var words []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			words = append(words, strings.Fields(d.Data)...)
		}
	}
	return strings.Join(words, " ")
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// wants fails unless the page has the status and says each of the texts.
func (p page) wants(t *testing.T, status int, texts ...string) {
	t.Helper()
	if p.status != status {
		t.Fatalf("%s answered %d, want %d: %s", p.url, p.status, status, p.text())
	}
	for _, text := range texts {
		if !strings.Contains(p.text(), text) {
			t.Errorf("%s does not say %q: %s", p.url, text, p.text())
		}
	}
}

// enter uses a one-time link. Practice mode asks for nothing; other links ask for a name and a password.
func (v *visitor) enter(link, button string, fill url.Values) page {
	v.t.Helper()
	p := v.press(v.get(link), button, fill)
	if p.status != http.StatusOK || p.url.Path != "/instances" {
		v.t.Fatalf("the link led to %s (%d): %s", p.url, p.status, p.text())
	}
	return p
}

// publish presses "Add the guide" on a review, and looks again until publishing is over.
func (v *visitor) publish(review page) page {
	v.t.Helper()
	return v.over(v.press(review, "Add the guide", nil))
}

// over looks at the page of a change again until publishing is over: a busy machine takes longer than a page waits.
func (v *visitor) over(p page) page {
	v.t.Helper()
	waitFor(v.t, "the change is over", func() bool {
		if strings.Contains(p.text(), "publishing goes on") || strings.Contains(p.text(), "Waits for its turn") || strings.Contains(p.text(), "Begins in a moment") {
			p = v.get(p.url.Path)
			return false
		}
		return true
	})
	return p
}

func account(name, password string) url.Values {
	return url.Values{"name": {name}, "password": {password}, "repeat": {password}}
}

// review plans to add the guide to the flows, and opens the review.
func (v *visitor) review(s simulator, guide string, flows ...string) page {
	v.t.Helper()
	choose := v.get(fmt.Sprintf("/instances/%s/changes/new", s.instance))
	choose.wants(v.t, http.StatusOK)
	fill := url.Values{"guide": {"as:" + *s.flow(v.t, guide).Id}}
	for _, f := range flows {
		id := choose.value(f)
		if id == "" {
			v.t.Fatalf("the flow %q is not offered: %s", f, choose.text())
		}
		fill.Add("flow", id)
	}
	p := v.press(choose, "Review", fill)
	p.wants(v.t, http.StatusOK, "Add the guide "+guide+" to "+flows[0])
	return p
}
